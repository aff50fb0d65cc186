"""What is shown when there is no store: where it was looked for, and what can be done."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from oxtui.errors import StoreNotFoundError
from oxtui.sanitize import sanitize
from oxtui.ui.footer import KeyFooter
from oxtui.ui.screens.messages import RetryRequested


class NoStoreScreen(Screen[None]):
    """Says where a store was looked for."""

    DEFAULT_CSS = """
    NoStoreScreen {
        align: center middle;
        & > #no-store {
            width: 100%; max-width: 78; height: auto; padding: 1 3;
            border: round $border-blurred; border-title-color: $text-warning;
        }
        & .no-store--step { color: $text-muted; margin-top: 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("R", "retry", "Look again", id="store.retry"),
    ]

    def __init__(self, error: StoreNotFoundError) -> None:
        super().__init__()
        self._error = error

    def compose(self) -> ComposeResult:
        """What was looked for, and the ways on."""
        with Vertical(id="no-store") as box:
            box.border_title = "No store here"
            yield Static(Content(sanitize(self._error.message)))
            yield Static(
                Content("To open one:  oxtui open DIR,  or set OXTUI_STORE"),
                classes="no-store--step",
            )
            yield Static(
                Content("To look around without one:  oxtui demo"), classes="no-store--step"
            )
        yield KeyFooter()

    def action_retry(self) -> None:
        """Asks for another look."""
        self.post_message(RetryRequested())
