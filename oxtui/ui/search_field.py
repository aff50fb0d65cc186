"""The field that a text to look for is typed into."""

from typing import ClassVar

from textual.binding import Binding, BindingType

from oxtui.ui.safe_input import SafeInput


class SearchField(SafeInput):
    """One line; the arrows go through what was found without leaving it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "To what was found", id="search.submit"),
        Binding("down", "screen.step_session(1)", "Next", key_display="↓", id="search.next"),
        Binding("up", "screen.step_session(-1)", "Previous", key_display="↑", id="search.previous"),
        Binding("escape", "screen.back", "Leave", id="search.leave"),
    ]
    DEFAULT_CSS = """
    SearchField { display: none; }
    SearchField.-textual-compact {
        background: $panel;
        &:focus { background: $boost; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - as every widget names it
        super().__init__(
            placeholder="Titles, and everything said, thought, called and answered",
            select_on_focus=False,
            id=id,
        )
