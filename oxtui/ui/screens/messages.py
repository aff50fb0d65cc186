"""What screens ask for."""

from collections.abc import Sequence
from dataclasses import dataclass

from textual.message import Message

from oxtui.store.trash import TrashEntry


@dataclass
class RestoreRequested(Message):
    """An entry of the trash is to go back to where it was."""

    entry: TrashEntry


@dataclass
class EmptyTrashRequested(Message):
    """The user agreed to these entries being destroyed."""

    entries: Sequence[TrashEntry]


class UndoRequested(Message):
    """The last act is to be taken back."""


class RedoRequested(Message):
    """What was taken back last is to be done again."""


class RetryRequested(Message):
    """The store is to be looked for again."""


class ActReported(Message):
    """It was said what came of an act, so what shows the journal or the trash is out of date."""
