"""What a timeline tells the screen that it is on."""

from dataclasses import dataclass

from textual.message import Message


@dataclass
class ErrorNotFound(Message):
    """There is no further error.

    Attributes:
        forwards: Whether one was looked for below the cursor.
    """

    forwards: bool


@dataclass
class HitNotFound(Message):
    """There is no further place where the query stands, or there is no query.

    Attributes:
        query: What was looked for.
        forwards: Whether it was looked for below the cursor.
    """

    query: str
    forwards: bool = True


class FilterRequested(Message):
    """The calls of one tool are to be all that is shown, which one is to be asked."""


class LedgerRequested(Message):
    """What each tool took is to be shown."""


class ExportRequested(Message):
    """The session is to be written to a file."""
