"""YAML read as a tester wrote it: every scalar stays text (0379 keeps its zero), every key knows its line."""

from pathlib import Path
from typing import Any

import yaml

from sim.errors import BadScenario


class Lined(dict[str, Any]):
    """A mapping that knows the line of each key, from 1."""

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}
        self.twice: list[tuple[str, int]] = []


class Items(list[Any]):
    """A list that knows the line of each item."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[int] = []


def read_yaml(file: Path) -> Any:
    """The document of `file`: `Lined`, `Items` and texts. Raises `BadScenario` naming the line."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as error:
        raise BadScenario(f"cannot read {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise BadScenario(f"cannot read {file}: not UTF-8 text") from error
    return parse_yaml(text, str(file))


def parse_yaml(text: str, source: str) -> Any:
    """The document of `text`. Raises `BadScenario` naming the line."""
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise BadScenario(f"{source}:{line}: not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise BadScenario(f"{source}: not YAML: {error}") from error
    return _built(node, source, 0) if node is not None else Lined(1)


def _built(node: yaml.Node, source: str, depth: int) -> Any:
    if depth > 20:
        raise BadScenario(f"{source}:{node.start_mark.line + 1}: nested too deeply")
    if isinstance(node, yaml.MappingNode):
        made = Lined(node.start_mark.line + 1)
        for key, value in node.value:
            name = str(key.value)
            line = key.start_mark.line + 1
            if name in made:
                made.twice.append((name, line))
            made[name] = _built(value, source, depth + 1)
            made.lines[name] = line
        return made
    if isinstance(node, yaml.SequenceNode):
        items = Items()
        for item in node.value:
            items.append(_built(item, source, depth + 1))
            items.lines.append(item.start_mark.line + 1)
        return items
    return "" if node.tag.endswith(":null") else str(node.value)
