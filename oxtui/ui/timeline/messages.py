"""What a timeline tells the screen that it is on."""

from dataclasses import dataclass

from textual.message import Message


@dataclass
class ErrorNotFound(Message):
    """There is no error, or no other one.

    Attributes:
        on_one: Whether the cursor is on the only one.
    """

    on_one: bool


@dataclass
class HitNotFound(Message):
    """The query stands nowhere, or nowhere else; or there is none.

    Attributes:
        query: What was looked for.
        on_one: Whether the cursor is on the only place.
    """

    query: str
    on_one: bool = False


@dataclass
class WentAround(Message):
    """From the last of several things the user went on to the first, or the other way round.

    Attributes:
        what: What one of them is called.
        forwards: Whether it was from the last to the first.
    """

    what: str
    forwards: bool


class FilterRequested(Message):
    """The calls of one tool are to be all that is shown, which one is to be asked."""


class LedgerRequested(Message):
    """What each tool took is to be shown."""


class ExportRequested(Message):
    """The session is to be written to a file."""
