"""One line of text in parts, painted anew only when it says something else."""

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from core.console import inert

Part = tuple[str, str]
"""(text, style)."""


class Bar(Widget):
    """A line; parts of the right side give way when it is narrow."""

    DEFAULT_CSS = "Bar { height: 1; }"

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.left: tuple[Part, ...] = ()
        self.right: tuple[Part, ...] = ()

    def say(self, *left: Part, right: tuple[Part, ...] = ()) -> None:
        """Show these parts."""
        if (left, right) != (self.left, self.right):
            self.left, self.right = left, right
            self.refresh()

    @property
    def text(self) -> str:
        """What it says."""
        return "".join(text for text, _ in (*self.left, *self.right))

    def render_line(self, y: int) -> Strip:
        """The line."""
        base = self.rich_style
        width = self.size.width
        left = [Segment(inert(text), base + Style.parse(style)) for text, style in self.left]
        right = [Segment(inert(text), base + Style.parse(style)) for text, style in self.right]
        used = sum(cell_len(segment.text) for segment in (*left, *right))
        if right and used < width:
            left += [Segment(" " * (width - used), base), *right]
        return Strip(left).adjust_cell_length(width, base)
