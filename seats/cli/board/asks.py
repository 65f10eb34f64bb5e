"""Windows that ask or tell one thing: a reason, a filter, the help."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from core.console import inert

REASON_LIMIT = 200
"""Characters of a reason: what the API takes."""


class AskAct(ModalScreen[tuple[str, str] | None]):
    """Before an act: why, and for a moved call where to. Answers (to, reason), None when it is not to be done."""

    CSS = """
    AskAct { align: center middle; }
    AskAct > Vertical { width: 64; max-width: 96%; height: auto; border: round $accent; padding: 0 1; }
    AskAct Static { height: auto; }
    AskAct Input { border: none; height: 1; background: $surface-lighten-2; padding: 0 1; margin: 0 0 1 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", show=False)]

    def __init__(self, title: tuple[str, ...], ask_reason: str, below: str, ask_to: str = "") -> None:
        super().__init__()
        self._title = title
        self._ask_reason = ask_reason
        self._ask_to = ask_to
        self._below = below

    def compose(self) -> ComposeResult:
        """Title, questions, what the keys do."""
        with Vertical():
            for line in filter(None, self._title):
                yield Static(inert(line), markup=False)
            if self._ask_to:
                yield Static(self._ask_to, markup=False)
                yield Input(id="to", max_length=40)
            yield Static(self._ask_reason, markup=False)
            yield Input(id="reason", max_length=REASON_LIMIT)
            yield Static(self._below, markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on, and does it after the last question."""
        to = self.query_one("#to", Input).value.strip() if self._ask_to else ""
        if event.input.id == "to":
            if to:
                self.query_one("#reason", Input).focus()
            return
        if self._ask_to and not to:
            self.query_one("#to", Input).focus()
            return
        self.dismiss((to, self.query_one("#reason", Input).value.strip()))

    def action_cancel(self) -> None:
        """Not to be done."""
        self.dismiss(None)


class AskFilter(ModalScreen[str]):
    """What rows must show. Tells while it is typed; Esc takes it back."""

    CSS = """
    AskFilter { align: left bottom; background: $background 0%; }
    AskFilter Input { border: none; height: 1; width: 1fr; background: $surface-lighten-2; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "cancel", show=False)]

    def __init__(self, now: str, label: str, tell: Callable[[str], None]) -> None:
        super().__init__()
        self._now = now
        self._label = label
        self._tell = tell

    def compose(self) -> ComposeResult:
        """One line."""
        yield Input(self._now, placeholder=f"/ {self._label}", max_length=60)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Rows follow the typing."""
        self._tell(event.value.strip())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """That is it."""
        self.dismiss(event.value.strip())

    def action_cancel(self) -> None:
        """No filter."""
        self._tell("")
        self.dismiss("")


class Sheet(ModalScreen[str | None]):
    """A text one reads, kept up while it is open; some keys close it and say so."""

    CSS = """
    Sheet { align: center middle; }
    Sheet > VerticalScroll { width: 90; max-width: 96%; height: auto; max-height: 92%; border: round $accent;
        padding: 0 1; }
    Sheet Static { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,q,enter,question_mark", "close", show=False)]

    def __init__(self, text: Callable[[], str], below: str, keys: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self._text = text
        self._below = below
        self._keys = keys

    def compose(self) -> ComposeResult:
        """The text, and how to close it."""
        with VerticalScroll():
            yield Static(self._text(), markup=False, id="text")
            yield Static(f"\n{self._below}", markup=False)

    def on_mount(self) -> None:
        """Timers in it go on."""
        self.set_interval(1.0, self.show)

    def show(self) -> None:
        """The text as it is now."""
        self.query_one("#text", Static).update(self._text())

    def on_key(self, event: object) -> None:
        """A key of an act closes it and is the answer."""
        key = getattr(event, "key", "")
        if key in self._keys:
            self.dismiss(key)

    def action_close(self) -> None:
        """Read."""
        self.dismiss(None)
