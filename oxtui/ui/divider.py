"""The bar between two panes, which the pointer drags."""

from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.widget import Widget


class Divider(Widget):
    """One column that says where it was dragged to."""

    @dataclass
    class Dragged(Message):
        """The pointer holds the bar at this column of the screen."""

        column: int

    DEFAULT_CSS = """
    Divider { width: 1; height: 1fr; background: $background; }
    Divider:hover { background: $border-blurred; }
    """

    _held = False

    def render(self) -> str:
        """Nothing but its background."""
        return ""

    def on_mouse_down(self) -> None:
        """Takes hold."""
        self._held = True
        self.capture_mouse()

    def on_mouse_up(self) -> None:
        """Lets go."""
        self._held = False
        self.release_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Says where it is held."""
        if self._held:
            self.post_message(self.Dragged(int(event.screen_x)))
