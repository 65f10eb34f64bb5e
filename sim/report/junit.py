"""JUnit XML, as build servers read it."""

from collections.abc import Sequence
from pathlib import Path
from xml.etree import ElementTree as Xml

from sim.play import Result


def write(file: Path, results: Sequence[Result]) -> None:
    """One test case a scenario."""
    misfits = sum(result.misfit or result.interrupted for result in results)
    failed = sum(not result.ok for result in results) - misfits
    seconds = f"{sum(result.seconds for result in results):.2f}"
    suite = Xml.Element("testsuite", name="sim", tests=str(len(results)), failures=str(failed), time=seconds)
    suite.set("errors", str(misfits))
    suite.set("skipped", str(sum(bool(result.lacks) for result in results)))
    for result in results:
        case = Xml.SubElement(
            suite,
            "testcase",
            name=_plain(result.scenario),
            classname=_plain(Path(result.file).stem),
            time=f"{result.seconds:.2f}",
        )
        if not result.ok:
            failures = [_plain(failure) for failure in result.failures]
            failure = Xml.SubElement(
                case,
                "error" if result.misfit or result.interrupted else "failure",
                message=failures[0] if failures else "failed",
            )
            failure.text = "\n".join(failures)
        if result.lacks:
            Xml.SubElement(case, "skipped", message=_plain("; ".join(result.lacks)))
        told = [f"{step.at:7.2f} {'ok ' if step.ok else 'BAD'} {step.text} {step.detail}" for step in result.steps]
        Xml.SubElement(case, "system-out").text = _plain("\n".join(told))
    file.parent.mkdir(parents=True, exist_ok=True)
    Xml.ElementTree(suite).write(file, encoding="utf-8", xml_declaration=True)


def _plain(text: str) -> str:
    """Without what XML cannot hold."""
    return "".join(c if c in "\t\n" or c.isprintable() else f"\\x{ord(c):02x}" for c in text)
