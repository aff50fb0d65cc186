"""The field that a text to look for is typed into."""

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message

from oxtui.ui.safe_input import SafeInput


class SearchField(SafeInput):
    """One line; the arrows go through what was found without leaving it."""

    @dataclass
    class Stepped(Message):
        """The user goes on to what stands so many sessions below, or above if that is negative."""

        step: int

    class Left(Message):
        """The user is done with searching."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "To what was found", id="search.submit"),
        Binding("down", "step(1)", "Next", key_display="↓", id="search.next"),
        Binding("up", "step(-1)", "Previous", key_display="↑", id="search.previous"),
        Binding("escape", "leave", "Leave", id="search.leave"),
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

    def action_step(self, step: int) -> None:
        """Goes on among what was found."""
        self.post_message(self.Stepped(step))

    def action_leave(self) -> None:
        """Lets go of the search."""
        self.post_message(self.Left())
