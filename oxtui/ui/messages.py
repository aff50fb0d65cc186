"""What either pane tells the screen that it is on."""

from dataclasses import dataclass

from textual.message import Message


@dataclass
class CopyRequested(Message):
    """A text shall go to the clipboard.

    Attributes:
        text: The text, as it is to be pasted.
        what: What it is, to begin a sentence with.
    """

    text: str
    what: str
