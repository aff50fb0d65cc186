"""A question with consequences."""

from collections.abc import Iterable

from textual.containers import Vertical
from textual.widget import Widget

from oxtui.ui.dialogs.dialog import ACCEPT, CANCEL, Dialog, DialogButton, paragraph


class Confirm(Dialog[bool]):
    """Asks whether something is to be done; its result says so."""

    DEFAULT_CSS = """
    Confirm.-destructive .dialog--box { border: round $error; }
    Confirm .dialog--box { max-width: 66; }
    """

    def __init__(
        self, title: str, message: str, confirm_label: str, *, destructive: bool = True
    ) -> None:
        """Makes the question.

        Args:
            title: The question in few words.
            message: What would happen.
            confirm_label: What the button says that does it.
            destructive: Whether it takes something away.
        """
        super().__init__(title, "tab other button, esc cancel")
        self._message = message
        self._confirm_label = confirm_label
        self._destructive = destructive
        self.set_class(destructive, "-destructive")

    def compose_body(self) -> Iterable[Widget]:
        """What would happen."""
        yield Vertical(paragraph(self._message), classes="dialog--body")

    def compose_buttons(self) -> Iterable[Widget]:
        """No and yes."""
        yield DialogButton("Cancel", CANCEL)
        yield DialogButton(self._confirm_label, ACCEPT, destructive=self._destructive)

    def action_cancel(self) -> None:
        """Answers no."""
        self.finish(False)

    def accept(self) -> None:
        """Answers yes."""
        self.finish(True)
