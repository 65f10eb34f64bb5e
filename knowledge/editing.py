"""`hotline knowledge`: an editor's commands on the entries, which live as files under review."""

import argparse
import csv
import dataclasses
import io
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

from core import settings as settings_file
from core.console import EXIT_CHECK_FAILED, EXIT_DONE, Arguments, out, print_json, print_table
from core.errors import BadInput
from knowledge import files
from knowledge.changes import changed, parsed
from knowledge.check import check
from knowledge.entry import Entry, Library, Review

_EXAMPLES = """examples:
  hotline knowledge list --group 发票               entries of a group; --review needed, --search 专票, --json
  hotline knowledge list --review needed            what rests on changing rules and waits for a reviewer
  hotline knowledge edit vat.rates review=done      reviewed: facts and basis hold as they stand (review=needed: again)
  hotline knowledge show iit.threshold              one entry, with its facts, basis and phrasings
  hotline knowledge add new-entry.yaml              add the entry of a file (fields as `show --yaml` prints them)
  hotline knowledge edit iit.threshold answer=…     change fields; the version goes up when what is spoken changes
  hotline knowledge edit iit.threshold phrasing+=…  add a phrasing (phrasing-=… takes one away)
  hotline knowledge retire house.swap_refund        never spoken again, kept in history
  hotline knowledge check                           lint: length, basis, phrasings, validity, related; exit 1 on errors
  hotline knowledge export -o entries.json          all entries (.json, .yaml or .csv)
  hotline knowledge import entries.json             add or replace entries of such a file (.json, .yaml)
  hotline knowledge calibrate                       thresholds and their reliability curve
  hotline knowledge publish --correcting vat.rates  store the entries in Postgres; who heard the earlier one is marked
  hotline knowledge heard vat.rates --since 2026-11-01   calls that heard it; --version 1
"""


def main(argv: Sequence[str]) -> int:
    """Run one of the editor's commands."""
    parser = Arguments(
        prog="hotline knowledge",
        description="The knowledge base: entries answered by voice and shown to seats.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--folder", type=Path, default=files.DATA, help="folder of the entries (default: the project's)"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, about: str, run: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        made = commands.add_parser(name, help=about, description=about)
        made.add_argument("--json", action="store_true", help="JSON instead of a table")
        made.set_defaults(run=run)
        return made

    listing = command("list", "entries, one a line", _list)
    listing.add_argument("--group", help="only this group")
    listing.add_argument("--review", choices=("done", "needed"))
    listing.add_argument("--search", metavar="TEXT", help="only those that say this somewhere")
    showing = command("show", "one entry in full", _show)
    showing.add_argument("id")
    showing.add_argument("--scope", help="of the entries of this id, the one for this scope")
    showing.add_argument("--yaml", action="store_true", help="as the files have it")
    adding = command("add", "add an entry from a YAML or JSON file (- reads standard input)", _add)
    adding.add_argument("file")
    changing = command("edit", "change fields: name=value, phrasing+=text, phrasing-=text", _edit)
    changing.add_argument("id")
    changing.add_argument("change", nargs="+")
    changing.add_argument("--scope")
    retiring = command("retire", "take an entry out of use", _retire)
    retiring.add_argument("id")
    retiring.add_argument("--scope")
    checking = command("check", "lint all entries", _check)
    checking.add_argument("--date", type=day, help="as of this day")
    importing = command("import", "add or replace the entries of a file", _import)
    importing.add_argument("file", type=Path)
    exporting = command("export", "write all entries to a file", _export)
    exporting.add_argument("-o", "--output", type=Path, help=".json, .yaml or .csv (default: JSON on standard output)")
    command("calibrate", "thresholds, coverage and the reliability curve", _calibrate)
    publishing = command("publish", "store the entries in Postgres, versions kept", _publish)
    publishing.add_argument(
        "--correcting",
        metavar="ID",
        action="append",
        default=[],
        help="its earlier answer was wrong: mark who heard it",
    )
    hearing = command("heard", "who heard an answer, and which version", _heard)
    hearing.add_argument("id")
    hearing.add_argument("--since", type=day, required=True, metavar="DAY")
    hearing.add_argument("--version", type=int)
    asked = parser.parse_args(argv)
    return int(asked.run(asked))


def day(text: str) -> date:
    """A day of the command line."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day like 2027-01-31") from None


def _find(library: Library, wanted: str, scope: str | None) -> Entry:
    found = [entry for entry in library.entries if entry.id == wanted and scope in (None, entry.scope)]
    if not found:
        near = [entry.id for entry in library.entries if wanted.rsplit(".", 1)[-1] in entry.id][:3]
        raise BadInput(
            f"no entry {wanted}{f' for {scope}' if scope else ''}{'; like it: ' + ', '.join(near) if near else ''}"
        )
    if len(found) > 1:
        raise BadInput(
            f"{wanted} has {len(found)} scopes, say which: --scope {' | '.join(entry.scope for entry in found)}"
        )
    return found[0]


def _write(folder: Path, fresh: Sequence[Entry], replace: bool) -> None:
    """Write `fresh` in place of the entries of their keys, or at the end of their files.

    An id's first part names its file. Raises `BadInput` where an entry is there and `replace` is not meant.
    """
    for name in dict.fromkeys(entry.id.partition(".")[0] for entry in fresh):
        path = folder / "entries" / f"{name}.yaml"
        entries = {entry.key: entry for entry in (files.read_entries(path) if path.exists() else [])}
        for entry in fresh:
            if entry.id.partition(".")[0] == name:
                if entry.key in entries and not replace:
                    raise BadInput(f"{entry.id} for {entry.scope} is there already; use edit or import")
                entries[entry.key] = entry
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write_entries(path, entries.values())


def _list(asked: argparse.Namespace) -> int:
    def wanted(entry: Entry) -> bool:
        said = " ".join((entry.id, entry.question, entry.answer, *entry.phrasings))
        return (
            asked.group in (None, entry.group)
            and asked.review in (None, entry.review.value)
            and (asked.search is None or asked.search in said)
        )

    entries = [entry for entry in files.load(asked.folder).entries if wanted(entry)]
    if asked.json:
        print_json([files.plain(entry) for entry in entries])
        return EXIT_DONE
    rows = [
        (
            e.id,
            e.version,
            e.label,
            e.scope,
            e.valid_until or "",
            "需复核" if e.review is Review.NEEDED else "",
            len(e.phrasings),
        )
        for e in entries
    ]
    print_table(f"{len(rows)} 条", ("条目", "版本", "标签", "范围", "有效至", "复核", "问法"), rows)
    if any(entry.review is Review.NEEDED for entry in entries):
        out.print("需复核:对照事实和依据核实后,hotline knowledge edit 条目 review=done 即为通过。")
    return EXIT_DONE


def _show(asked: argparse.Namespace) -> int:
    entry = _find(files.load(asked.folder), asked.id, asked.scope)
    if asked.json:
        print_json(files.plain(entry))
    else:
        sys.stdout.write(files.dump([entry]))
    return EXIT_DONE


def _add(asked: argparse.Namespace) -> int:
    source = sys.stdin.read() if asked.file == "-" else _text(Path(asked.file))
    fresh = parsed(source, asked.file)
    _write(asked.folder, fresh, replace=False)
    out.print(f"added {', '.join(entry.key for entry in fresh)}", markup=False)
    return _check(asked)


def _edit(asked: argparse.Namespace) -> int:
    old = _find(files.load(asked.folder), asked.id, asked.scope)
    fresh = changed(old, asked.change)
    if fresh.scope != old.scope:
        raise BadInput(f"edit: {old.id} for another scope is another entry; use add")
    _write(asked.folder, [fresh], replace=True)
    out.print(f"{fresh.key}: version {old.version} -> {fresh.version}", markup=False)
    return _check(asked)


def _retire(asked: argparse.Namespace) -> int:
    old = _find(files.load(asked.folder), asked.id, asked.scope)
    _write(asked.folder, [dataclasses.replace(old, retired=True)], replace=True)
    out.print(f"retired {old.key}", markup=False)
    return _check(asked)


def _check(asked: argparse.Namespace) -> int:
    from knowledge.cli import area_tree, today

    tree = area_tree(settings_file.load(os.environ))
    library = files.load(asked.folder)
    found = check(library, getattr(asked, "date", None) or today(), frozenset(area.id for area in tree))
    errors = [finding for finding in found if finding.level == "error"]
    if asked.json:
        print_json([dataclasses.asdict(finding) for finding in found])
    else:
        print_table("", ("级别", "条目", "问题"), [(finding.level, finding.entry, finding.text) for finding in found])
        said = sum(len(entry.phrasings) for entry in library.entries)
        warnings = len(found) - len(errors)
        out.print(f"{len(library.entries)} entries, {said} phrasings, {len(errors)} errors, {warnings} warnings")
    return EXIT_CHECK_FAILED if errors else EXIT_DONE


def _import(asked: argparse.Namespace) -> int:
    known = {entry.key for entry in files.load(asked.folder).entries}
    fresh = parsed(_text(asked.file), str(asked.file))
    _write(asked.folder, fresh, replace=True)
    out.print(f"{len(fresh)} entries: {sum(e.key in known for e in fresh)} replaced", markup=False)
    return _check(asked)


def _export(asked: argparse.Namespace) -> int:
    entries = files.load(asked.folder).entries
    suffix = asked.output.suffix if asked.output else ".json"
    if suffix == ".csv":
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow(files.plain(entries[0]))
        for entry in entries:
            writer.writerow("；".join(map(str, v)) if isinstance(v, list) else v for v in files.plain(entry).values())
        written = text.getvalue()
    elif suffix in (".yaml", ".yml"):
        written = files.dump(entries)
    else:
        written = (
            json.dumps([files.plain(entry) for entry in entries], ensure_ascii=False, indent=1, default=str) + "\n"
        )
    if asked.output:
        asked.output.write_text(written, encoding="utf-8")
    else:
        sys.stdout.write(written)
    return EXIT_DONE


def _calibrate(asked: argparse.Namespace) -> int:
    from knowledge.certificate import show

    return show(asked.folder, asked.json)


def _publish(asked: argparse.Namespace) -> int:
    from knowledge.publishing import publish

    return publish(asked.folder, asked.correcting, asked.json)


def _heard(asked: argparse.Namespace) -> int:
    from knowledge.publishing import show_heard

    return show_heard(asked.id, asked.since, asked.version, asked.json)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot read {path}: {error}") from error
