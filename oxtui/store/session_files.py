"""Single session files, read and changed in place; to be called in a worker thread."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from oxtui.errors import ChangedError
from oxtui.store.codec import decode, encode
from oxtui.store.durable import FileState, compare_and_swap, read_regular, read_state
from oxtui.store.locking import store_lock
from oxtui.store.models import Session

_ATTEMPTS: Final = 100

SessionChange = Callable[[Session], None]


class SessionEdit(msgspec.Struct, frozen=True):
    """What an update of a session did.

    Attributes:
        session: The session as it is now.
        before: Its file as it was.
        after: Its file as it is now; `before` itself when nothing had to be written.
    """

    session: Session
    before: FileState
    after: FileState


def load(path: Path) -> Session | None:
    """The session in a file; None if there is no such file.

    Raises:
        UnreadableError: It is not one that Oxios reads; the message says why.
    """
    try:
        return decode(read_regular(path))
    except FileNotFoundError:
        return None


def edit(base: Path, path: Path, change: SessionChange) -> SessionEdit | None:
    """Changes a session in its file, whoever else writes it.

    Args:
        base: The store, whose lock is taken.
        path: The session's file.
        change: Called with the session, again with a fresh one for each time that somebody else
            wrote the file before the change was in it.

    Returns:
        None if there is no such file.

    Raises:
        ChangedError: Somebody kept writing the file; it is as they left it.
        UnreadableError: It is not a session that Oxios reads.
        WriteFailedError: The system refused.
    """
    with store_lock(base):
        for _ in range(_ATTEMPTS):
            try:
                before = read_state(path)
            except FileNotFoundError:
                return None
            session = decode(before.content)
            change(session)
            content = encode(session)
            if content == before.content:
                return SessionEdit(session, before, before)
            try:
                mtime_ns = compare_and_swap(path, before.content, content)
            except ChangedError:
                continue
            return SessionEdit(session.loaded_from(content), before, FileState(content, mtime_ns))
    raise ChangedError(f"{path.name} is being written all the time. Try again in a moment.")


def save_onto(base: Path, path: Path, session: Session) -> None:
    """Saves a session that was loaded as the difference to what it was loaded from.

    The next save then starts from this one: from the session as it is in memory, which does not
    know what others wrote meanwhile.

    Raises:
        ChangedError: Somebody kept writing the file, or removed it.
        WriteFailedError: The system refused.
    """
    with store_lock(base):
        for _ in range(_ATTEMPTS):
            current = read_regular(path)
            content = encode(session, onto=current)
            try:
                if content != current:
                    compare_and_swap(path, current, content)
            except ChangedError:
                continue
            session.loaded_from(encode(session))
            return
    raise ChangedError(f"{path.name} is being written all the time. Try again in a moment.")
