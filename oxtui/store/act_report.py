"""What came of an act."""

import msgspec

from oxtui.store.values import SessionId


class Failure(msgspec.Struct, frozen=True):
    """Something that an act was not done to, and why."""

    name: str
    reason: str


class ActReport(msgspec.Struct, frozen=True):
    """What an act did.

    Attributes:
        label: What it did, for the user; counts only what was done.
        done: What it was done to, as it was named to the act: by ids of sessions or of entries of
            the trash; for an undo, ids of sessions and names.
        failures: What it was not done to.
        size: Bytes that were moved to the trash or back.
        sessions: The sessions whose files it changed.
        changed: Whether it changed anything: a session may be as it was to become already, and then
            there is nothing to take back.
    """

    label: str
    done: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()
    size: int = 0
    sessions: tuple[SessionId, ...] = ()
    changed: bool = False
