"""A question for one line of text."""

from collections.abc import Iterable

from textual.containers import Vertical
from textual.widget import Widget

from oxtui.sanitize import sanitize
from oxtui.ui.dialogs.dialog import ACCEPT, CANCEL, Dialog, DialogButton
from oxtui.ui.dialogs.fields import Check, Field
from oxtui.ui.safe_input import LONGEST_TEXT


class TextPrompt(Dialog[str | None]):
    """Asks for a text; its result is the text, or None if nothing is to change.

    What was there may hold what cannot be shown, so leaving it as it was is no answer.
    """

    DEFAULT_CSS = "TextPrompt .dialog--box { max-width: 66; }"
    AUTO_FOCUS = "SafeInput"

    def __init__(self, title: str, label: str, value: str, hint: str, validate: Check) -> None:
        """Makes the question.

        Args:
            title: What it is about.
            label: What the field is for.
            value: What is there now; empty for nothing.
            hint: What to know about it.
            validate: Says what is wrong with a text; None for nothing.
        """
        super().__init__(title, "enter accept, esc cancel")
        self._was = sanitize(value[:LONGEST_TEXT])
        self._field = Field(label, value, validate, hint=hint, stacked=True)

    def compose_body(self) -> Iterable[Widget]:
        """The field."""
        yield Vertical(self._field, classes="dialog--body")

    def compose_buttons(self) -> Iterable[Widget]:
        """No and yes."""
        yield DialogButton("Cancel", CANCEL)
        yield DialogButton("Accept", ACCEPT)

    def on_field_submitted(self) -> None:
        """Accepts."""
        self.accept()

    def accept(self) -> None:
        """Gives the text back, if nothing is wrong with it."""
        self._field.say_problem()
        if self._field.problem is not None:
            self._field.take_focus()
        else:
            text = self._field.text
            self.finish(None if text == self._was else text)
