"""Scenario files checked and read: every problem with its line and, where one is near, a suggestion."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sim.errors import BadScenario
from sim.expectations import EXPECTATIONS
from sim.grammar import CALLER, FAULTS, SCENARIO, SEAT, SUPERVISOR, VERBS
from sim.practice import STORIES, read_story, story_file
from sim.problems import Problem, near, problem_of
from sim.scenario import CallerPlan, Scenario, SeatPlan, Step, SupervisorPlan, plan_of
from sim.sense import nonsense
from sim.sound import SOUND_ENDINGS
from sim.terms import Field, shown
from sim.words import KINDS, WITHHELD, reaches
from sim.yamltext import Items, Lined, read_yaml

_TO = re.compile(r"\s+to\s+|\s*到\s*")
_HEADS = ("expect", "wait", "mark", "run", "fault")


def load(file: Path) -> Scenario:
    """The scenario of `file`. Raises `BadScenario` with its problems, one a line."""
    scenario, problems = check(file)
    if scenario is None or problems:
        raise BadScenario("\n".join(str(problem) for problem in problems))
    return scenario


def check(file: Path) -> tuple[Scenario | None, list[Problem]]:
    """(the scenario, what is wrong with it). With problems the scenario is `None`."""
    try:
        document = read_yaml(file)
    except BadScenario as error:
        return None, [problem_of(file, error)]
    reader = _Reader(file)
    scenario = reader.scenario(document)
    found = [Problem(file, line, told) for line, told in nonsense(scenario)] if scenario else reader.problems
    return (None if found else scenario), sorted(set(found))


class _Reader:
    def __init__(self, file: Path) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._kinds: dict[str, str] = {}
        """Actor name: caller or seat."""
        self._marks: set[str] = set()

    def scenario(self, document: Any) -> Scenario | None:
        if not isinstance(document, Lined):
            self._wrong(1, "a scenario file is a mapping: scenario, callers, seats, supervisors, steps")
            return None
        values = self._fields(document, SCENARIO, "scenario")
        actors = [
            plan_of(kind, name, made)
            for kind, fields in _ACTORS.items()
            for name, made in self._actors(document.get(f"{kind}s"), fields, kind)
        ]
        steps = tuple(self._steps(document.get("steps"), document.lines.get("steps", document.line)))
        if self.problems:
            return None
        return Scenario(
            file=self.file,
            name=values["scenario"],
            steps=steps,
            tags=values.get("tags", ()),
            rows=values.get("rows", ()),
            about=values.get("about", ""),
            alone=values.get("alone", False) or any(step.kind == "fault" for step in steps),
            needs=values.get("needs", ()),
            callers=tuple(actor for actor in actors if isinstance(actor, CallerPlan)),
            seats=tuple(actor for actor in actors if isinstance(actor, SeatPlan)),
            supervisors=tuple(actor for actor in actors if isinstance(actor, SupervisorPlan)),
        )

    def _actors(self, mapping: Any, fields: Mapping[str, Field], kind: str) -> Iterable[tuple[str, dict[str, Any]]]:
        if mapping in (None, ""):
            return
        if not isinstance(mapping, Lined):
            self._wrong(1, f"{kind}s are a mapping, name: {{…}}")
            return
        self._once(mapping)
        for name, made in mapping.items():
            line = mapping.lines[name]
            if name in self._kinds:
                self._wrong(line, f"{name} is there twice")
            if name in _HEADS:
                self._wrong(line, f"{name} is a word of the language, not a name")
            self._kinds[name] = kind
            if not isinstance(made, Lined):
                self._wrong(line, f"{name}: {{{next(iter(fields))}: …}} is wanted")
                continue
            values = self._fields(made, fields, name)
            self._sound(values.get("says", ""), made.lines.get("says", line))
            self._story(values.get("story", ""), made.lines.get("story", line))
            if all(key in values for key, spec in fields.items() if spec.required):
                yield name, values

    def _steps(self, items: Any, line: int) -> Iterable[Step]:
        if items is None:
            return
        if not isinstance(items, Items) or not items:
            self._wrong(line, "steps are a list, one `- actor: what they do` a line")
            return
        for item, at in zip(items, items.lines, strict=True):
            if not isinstance(item, Lined) or len(item) != 1:
                self._wrong(at, "a step is one `actor: what they do`, `expect:`, `wait:`, `mark:`, `run:` or `fault:`")
                continue
            ((head, body),) = item.items()
            step = self._step(head, body, at)
            if step is not None:
                yield step

    def _step(self, head: str, body: Any, line: int) -> Step | None:
        match head:
            case "wait":
                seconds = self._value(body, Field("duration", ""), "wait", line)
                return None if seconds is None else Step(line, "wait", f"wait {body}", argument=seconds)
            case "mark" | "run":
                name = self._value(body, Field("name", ""), head, line)
                self._marks |= {name} if head == "mark" and name else set()
                if head == "run":
                    return Step(line, "fault", f"run {name}", verb="run", argument=name)
                return Step(line, "mark", f"mark {name}", argument=name)
            case "fault":
                return self._fault(body, line)
            case "expect":
                return self._expect(body, line)
        kind = self._kinds.get(head)
        if kind is None:
            here = near(head, [*self._kinds, *_HEADS]) or f"; here are {', '.join(self._kinds) or 'no actors'}"
            self._wrong(line, f"nobody here is called {head}{here}")
            return None
        return self._sentence(head, kind, body, line) if isinstance(body, str) else self._deed(head, kind, body, line)

    def _sentence(self, actor: str, kind: str, text: str, line: int) -> Step | None:
        for word, verb in sorted(_SENTENCES.items(), key=lambda pair: -len(pair[0])):
            rest = text.strip().removeprefix(word)
            if rest != text.strip() and (not rest or rest[0] in " :" or not word.isascii()):
                argument, options = rest.strip(" :"), {}
                if "to" in dict(VERBS[verb].options):
                    argument, _, options["to"] = (
                        part.strip() for part in _TO.sub("\n", argument, count=1).partition("\n")
                    )
                return self._do(actor, kind, verb, argument, {k: v for k, v in options.items() if v}, line)
        first = text.split()[0] if text.split() else ""
        fuller = next((word for word in _SENTENCES if first and word.startswith(f"{first} ")), "")
        hint = f"; did you mean {fuller}?" if fuller else near(first, [word.split()[0] for word in _SENTENCES])
        self._wrong(line, f"{actor} cannot {text!r}{hint}; verbs: {', '.join(v.words[0] for v in VERBS.values())}")
        return None

    def _deed(self, actor: str, kind: str, body: Any, line: int) -> Step | None:
        if not isinstance(body, Lined) or not body:
            self._wrong(line, f"what {actor} does is a sentence or a mapping")
            return None
        names = {word: verb for verb, entry in VERBS.items() for word in (verb, *entry.words)} | {"say": "says"}
        found = [(key, names[key]) for key in body if key in names]
        if len(found) != 1:
            hint = near(next(iter(body)), list(names))
            self._wrong(line, f"{actor}: exactly one verb is wanted{hint}")
            return None
        (key, verb), options = found[0], {k: v for k, v in body.items() if k != found[0][0]}
        return self._do(actor, kind, verb, body[key], options, line)

    def _do(self, actor: str, kind: str, verb: str, argument: Any, given: Mapping[str, Any], line: int) -> Step | None:
        entry = VERBS[verb]
        if kind not in entry.actors:
            self._wrong(line, f"{actor} is a {kind}; only a {' or '.join(entry.actors)} {entry.words[0]}")
        value = None
        if entry.argument is not None:
            if argument == "" and entry.argument.required:
                hint = " (behind a space # begins a comment: put the whole sentence in quotes)" * (verb == "presses")
                self._wrong(line, f"{actor} {entry.words[0]}: what?{hint}")
                return None
            value = self._value(argument, entry.argument, verb, line)
        elif argument not in ("", "yes", "true"):
            self._wrong(line, f"{actor} {entry.words[0]} takes nothing more, {argument!r} is too much")
        if verb == "says":
            self._sound(str(argument), line)
        allowed = dict(entry.options)
        options = {}
        for name, text in given.items():
            if name not in allowed:
                self._wrong(line, f"{entry.words[0]} knows no {name}{near(name, list(allowed))}")
                continue
            options[name] = self._value(text, allowed[name], name, line)
        for name, spec in allowed.items():
            if spec.required and name not in options:
                self._wrong(line, f"{entry.words[0]}: {name} is missing ({spec.about})")
            if spec.kind == "actor" and options.get(name) is not None:
                self._known(options[name], line)
        return Step(line, "do", shown(actor, entry, argument, given), actor, verb, value, options)

    def _expect(self, body: Any, line: int) -> Step | None:
        if not isinstance(body, Lined):
            self._wrong(line, "expect: {…} is wanted")
            return None
        self._once(body)
        kinds = [key for key in body if key in EXPECTATIONS]
        # Rows may have columns that are called like an expectation (`answered`).
        kinds = [key for key in kinds if EXPECTATIONS[key].open] or kinds
        if len(kinds) != 1:
            known = ", ".join(EXPECTATIONS)
            fields = {name for entry in EXPECTATIONS.values() for name, _ in entry.fields}
            hint = next(filter(None, (near(key, list(EXPECTATIONS)) for key in body if key not in fields)), "")
            self._wrong(line, f"expect one of {known}{hint}" if not kinds else f"expect only one of {', '.join(kinds)}")
            return None
        entry = EXPECTATIONS[kinds[0]]
        values = self._fields(body, dict(entry.fields), kinds[0], line, open_=entry.open)
        for name, spec in entry.fields:
            if spec.kind == "actor" and name in values:
                self._known(values[name], body.lines.get(name, line))
        if values.get("for") == 0:
            self._wrong(body.lines["for"], "for: no time at all always holds; write 1s or more")
        if "since" in values and values["since"] not in self._marks:
            self._wrong(line, f"no mark {values['since']!r} before this step{near(values['since'], self._marks)}")
        for name in ("hears", "does_not_hear", "prompt_stops"):
            if name in values:
                self._reference(values[name], body.lines.get(name, line))
        shown = ", ".join(
            f"{key} {' '.join(map(str, value)) if isinstance(value, list) else value}" for key, value in body.items()
        )
        values.setdefault("within", entry.within)
        return Step(line, "expect", f"expect {shown}", verb=kinds[0], argument=values.get(kinds[0]), options=values)

    def _fault(self, body: Any, line: int) -> Step | None:
        if not isinstance(body, Lined) or len(body) != 1 or next(iter(body)) not in FAULTS:
            given = next(iter(body)) if isinstance(body, Lined) and body else ""
            wanted = f"{given!r} is no fault" if given else "{stop: name} is wanted"
            self._wrong(line, f"fault: {wanted}; known: {', '.join(FAULTS)}{near(given, list(FAULTS))}")
            return None
        ((act, name),) = body.items()
        return Step(line, "fault", f"fault {act} {name}", verb=act, argument=str(name))

    def _fields(
        self, mapping: Lined, fields: Mapping[str, Field], where: str, line: int = 0, *, open_: bool = False
    ) -> dict[str, Any]:
        self._once(mapping)
        values: dict[str, Any] = {}
        for key, text in mapping.items():
            if key not in fields:
                if open_:
                    values[key] = text
                else:
                    hint = near(key, list(fields)) or (
                        "; put a text that holds a comma in quotes" if text == "" else ""
                    )
                    self._wrong(mapping.lines[key], f"{where} knows no {key}{hint}")
                continue
            value = self._value(text, fields[key], key, mapping.lines[key])
            if value is not None:
                values[key] = value
        for key, spec in fields.items():
            if spec.required and key not in mapping:
                self._wrong(line or mapping.line, f"{where}: {key} is missing ({spec.about or key})")
        return values

    def _value(self, text: Any, spec: Field, name: str, line: int) -> Any:
        if spec.choices and text not in spec.choices:
            self._wrong(line, f"{name}: {text!r} is none of {', '.join(spec.choices)}{near(str(text), spec.choices)}")
            return None
        if name == "number" and isinstance(text, str) and text in WITHHELD:
            return ""
        try:
            value = KINDS[spec.kind][0](text)
        except ValueError as error:
            self._wrong(line, f"{name}: {error}")
            return None
        if spec.kind in ("party", "parties") and value:
            known = [*self._kinds, *(["nobody"] if name == "lands_on" else [])]
            for one in (value,) if isinstance(value, str) else value:
                if not reaches(one, known):
                    hint = near(one, known) or f"; here are {', '.join(known)}"
                    self._wrong(line, f"{name}: {one!r} is nobody here and no number{hint}")
        return value

    def _known(self, name: str, line: int) -> None:
        if name not in self._kinds:
            self._wrong(line, f"nobody here is called {name}{near(name, self._kinds)}")

    def _reference(self, text: str, line: int) -> None:
        if text in self._kinds or text.startswith("prompt:"):
            return
        if text.endswith(SOUND_ENDINGS):
            self._sound(text, line)
            return
        hint = f"; did you mean prompt:{text.partition(':')[2]}?" if ":" in text else near(text, self._kinds)
        self._wrong(line, f"{text!r} is no actor, no prompt:NAME and no sound file{hint}")

    def _sound(self, text: str, line: int) -> None:
        if text.endswith(SOUND_ENDINGS) and not (self.file.parent / text).exists():
            self._wrong(line, f"there is no sound file {text} beside the scenario")

    def _story(self, text: str, line: int) -> None:
        try:
            if text:
                read_story(story_file(text, self.file.parent))
        except BadScenario as error:
            self._wrong(line, f"story: {error}{near(text, (file.stem for file in STORIES.glob('*.yaml')))}")

    def _once(self, mapping: Lined) -> None:
        for key, line in mapping.twice:
            self._wrong(line, f"{key} is there twice")

    def _wrong(self, line: int, text: str) -> None:
        self.problems.append(Problem(self.file, line, text))


_ACTORS: Mapping[str, Mapping[str, Field]] = {"caller": CALLER, "seat": SEAT, "supervisor": SUPERVISOR}
_SENTENCES = {word: verb for verb, entry in VERBS.items() for word in entry.words}
