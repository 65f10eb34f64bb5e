"""A table of many rows that paints only the cells that changed, among those one can see."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from seats.cli.board.layout import GAP, Placed, fitted, placed
from seats.cli.columns import Column, Sight

CURSOR, CURSOR_ELSEWHERE = Style(bgcolor="#1f4e79", bold=True), Style(bgcolor="#333333")
"""The row under the cursor, in the table that has the keys and in the others."""

_Cells = tuple[tuple[str, str], ...]
"""(text, style) of each column of one line."""


class Grid(ScrollView, can_focus=True):
    """Rows of one kind. `put` gives it the entries; `paint` shows what changed since."""

    DEFAULT_CSS = """
    Grid { height: 1fr; scrollbar-size-vertical: 1; overflow-x: hidden; overflow-y: scroll; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "cursor(-1)", show=False),
        Binding("down,j", "cursor(1)", show=False),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown,space", "page(1)", show=False),
        Binding("home,g", "edge(0)", show=False),
        Binding("end,G", "edge(-1)", show=False),
        Binding("enter", "choose", show=False),
    ]

    class Chosen(Message):
        """Enter was pressed on a row."""

        def __init__(self, grid: "Grid", key: str) -> None:
            super().__init__()
            self.grid = grid
            self.key = key

    def __init__(
        self, columns: Sequence[Column[Any]], sight: Sight, key_of: Callable[[Any], str], *, id: str, sort: str
    ) -> None:
        super().__init__(id=id)
        self.columns = columns
        self.sight = sight
        self.needle = ""
        """Only rows that show this text."""
        self.descends = False
        self.rows: list[tuple[str, Any]] = []
        """Key and entry, as sorted and filtered."""
        self._sort = next(each for each in columns if each.title == sort)
        self._key_of = key_of
        self._entries: Sequence[Any] = ()
        self._cursor = 0
        self._cursor_key = ""
        self._placed: tuple[Placed, ...] = ()
        self._painted: dict[int, _Cells] = {}
        """By line of the window; 0 is the head."""

    @property
    def chosen(self) -> str | None:
        """Key of the row under the cursor."""
        return self.rows[self._cursor][0] if self.rows else None

    @property
    def sorted_by(self) -> str:
        """Title of the column it is sorted by."""
        return self._sort.title

    def put(self, entries: Iterable[Any]) -> None:
        """All entries there are now."""
        self._entries = list(entries)
        self.order()

    def order(self) -> None:
        """Sort and filter anew; the cursor stays on its row."""
        sight, column = self.sight, self._sort
        rows = [(self._key_of(entry), entry) for entry in self._entries if self._matches(entry)]
        rows.sort(key=lambda row: row[0])
        rows.sort(key=lambda row: column.sort(row[1], sight), reverse=self.descends)
        self.rows = rows
        place = next((at for at, row in enumerate(rows) if row[0] == self._cursor_key), None)
        self._cursor = place if place is not None else max(0, min(self._cursor, len(rows) - 1))
        self._cursor_key = rows[self._cursor][0] if rows else ""
        size = Size(self.size.width, len(rows) + 1)
        if size != self.virtual_size:
            self.virtual_size = size
        self.paint()

    def paint(self) -> None:
        """Repaint the cells of the window that are not what they were. Cheap: called at every tick."""
        if not self._placed or not self.is_mounted:
            return
        dirty: list[Region] = []
        for y in range(self.size.height):
            cells = self._cells(y)
            before = self._painted.get(y)
            if cells == before:
                continue
            self._painted[y] = cells
            if before is None or len(before) != len(cells) or not cells:
                dirty.append(Region(0, y, self.size.width, 1))
                continue
            dirty.extend(
                Region(place.x, y, place.width + GAP, 1)
                for place, new, old in zip(self._placed, cells, before, strict=True)
                if new != old
            )
        if dirty:
            self.refresh(*dirty)

    def repaint(self) -> None:
        """Everything anew: another width, another place."""
        self._placed = placed(self.columns, self.scrollable_content_region.width or self.size.width)
        self._painted.clear()
        self.paint()
        self.refresh()

    def sort_next(self, step: int = 1) -> None:
        """Sort by the next column shown."""
        shown = [place.column for place in self._placed] or list(self.columns)
        at = shown.index(self._sort) if self._sort in shown else -1
        self._sort = shown[(at + step) % len(shown)]
        self.descends = self._sort.falls
        self.order()
        self.repaint()

    def reverse(self) -> None:
        """The other way round."""
        self.descends = not self.descends
        self.order()
        self.repaint()

    def render_line(self, y: int) -> Strip:
        """One line of the window, as last worked out."""
        cells = self._painted.get(y)
        if cells is None:
            cells = self._painted[y] = self._cells(y)
        base = self.rich_style
        if not cells:
            return Strip.blank(self.size.width, base)
        under = base + self._row_style(y)
        segments = []
        for text, style in cells:
            segments.append(Segment(text + " " * GAP, under + Style.parse(style.removeprefix("@"))))
        return Strip(segments).adjust_cell_length(self.size.width, under)

    def on_resize(self, _event: events.Resize) -> None:
        """Another width shows other columns."""
        self._follow()
        self.repaint()

    def on_focus(self) -> None:
        """The cursor looks different."""
        self.repaint()

    def on_blur(self) -> None:
        """The cursor looks different."""
        self.repaint()

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Other rows are in the window."""
        super().watch_scroll_y(old_value, new_value)
        self._painted.clear()
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        """The cursor goes to a row; a click on it again chooses it."""
        at = event.y - 1 + self.scroll_offset.y
        if event.y > 0 and at < len(self.rows):
            if event.chain > 1:
                self.action_choose()
            else:
                self._go(at)

    def action_cursor(self, step: int) -> None:
        """Up or down."""
        self._go(self._cursor + step)

    def action_page(self, step: int) -> None:
        """A window up or down."""
        self._go(self._cursor + step * max(1, self.size.height - 2))

    def action_edge(self, place: int) -> None:
        """First or last row."""
        self._go(0 if place == 0 else len(self.rows) - 1)

    def action_choose(self) -> None:
        """Drill into the row."""
        if (key := self.chosen) is not None:
            self.post_message(self.Chosen(self, key))

    def select(self, key: str) -> None:
        """Put the cursor on that row, if it is there."""
        place = next((at for at, row in enumerate(self.rows) if row[0] == key), None)
        if place is not None:
            self._go(place)

    def _go(self, place: int) -> None:
        if not self.rows:
            return
        self._cursor = max(0, min(place, len(self.rows) - 1))
        self._cursor_key = self.rows[self._cursor][0]
        self._follow()
        self.paint()

    def _follow(self) -> None:
        top, height = self.scroll_offset.y, max(1, self.size.height - 1)
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False, force=True)
        elif self._cursor >= top + height:
            self.scroll_to(y=self._cursor - height + 1, animate=False, force=True)

    def _matches(self, entry: Any) -> bool:
        if not self.needle:
            return True
        sight, needle = self.sight, self.needle.casefold()
        return any(needle in column.text(entry, sight).casefold() for column in self.columns)

    def _cells(self, y: int) -> _Cells:
        """What a line of the window shows; empty past the last row."""
        if y == 0:
            return tuple((self._title(place), "bold") for place in self._placed)
        at = y - 1 + self.scroll_offset.y
        if at >= len(self.rows):
            return ()
        sight, entry = self.sight, self.rows[at][1]
        # A changed mark repaints the whole line's colours.
        mark = "@" if at == self._cursor else ""
        return tuple(
            (
                fitted(place.column.text(entry, sight), place.width, right=place.column.right),
                mark + place.column.style(entry, sight),
            )
            for place in self._placed
        )

    def _title(self, place: Placed) -> str:
        title, right = self.sight.words(place.column.title), place.column.right
        if place.column is not self._sort:
            return fitted(title, place.width, right=right)
        arrow = "▼" if self.descends else "▲"
        whole = fitted(title, min(place.width - 1, cell_len(title))) + arrow
        return fitted(whole, place.width, right=right)

    def _row_style(self, y: int) -> Style:
        if y == 0 or y - 1 + self.scroll_offset.y != self._cursor:
            return Style.null()
        return CURSOR if self.has_focus else CURSOR_ELSEWHERE
