"""What panes tell the screen that they are on."""

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


@dataclass
class TextSought(Message):
    """A text shall be looked for in everything that was said, thought, called and answered."""

    text: str
