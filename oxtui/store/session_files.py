"""Single session files, read and changed in place; to be called in a worker thread."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from oxtui.errors import ChangedError, UnreadableError
from oxtui.store.codec import decode, encode
from oxtui.store.compare_and_swap import compare_and_swap, swap
from oxtui.store.durable import sync_folder
from oxtui.store.fields import FieldsChange, with_fields
from oxtui.store.locking import store_lock
from oxtui.store.models import Session
from oxtui.store.noting import Noted, Noting, unnoted
from oxtui.store.refusals import explained
from oxtui.store.regular_files import FileState, check_size, read_state

_ATTEMPTS: Final = 100

SessionChange = Callable[[Session], None]


class FileEdit(msgspec.Struct, frozen=True):
    """An edit of a file: what it held before, and what it holds after."""

    before: FileState
    after: FileState


def load(path: Path) -> Session | None:
    """The session in a file; None if there is no such file.

    Raises:
        UnreadableError: It is not one that Oxios reads; the message says why.
    """
    state = _read(path)
    return None if state is None else decode(state.content)


def edit(base: Path, path: Path, change: SessionChange) -> Session | None:
    """Changes a session in its file, whoever else writes it.

    Args:
        base: The store, whose lock is taken.
        path: The session's file.
        change: Called with the session, again with a fresh one for each time that somebody else
            wrote the file before the change was in it.

    Returns:
        The session as it is now; None if there is no such file.

    Raises:
        ChangedError: Somebody kept writing the file; it is as they left it.
        UnreadableError: It is not a session that Oxios reads.
        WriteFailedError: The system refused.
    """
    session: Session | None = None

    def changed(data: bytes) -> bytes:
        nonlocal session
        session = decode(data)
        change(session)
        content = encode(session)
        session.loaded_from(content)
        return content

    with store_lock(base):
        written = _rewrite(path, changed, unnoted)
    if written:
        sync_folder(path.parent)
    return None if written is None else session


def set_fields(path: Path, change: FieldsChange, noting: Noting[FileEdit] = unnoted) -> bool | None:
    """Sets some fields of a session in its file; to be called under the store's lock.

    It is safe on the disk once the folder is synced.

    Args:
        path: The session's file.
        change: Called with the session, again for each time that somebody else wrote the file
            before the change was in it.
        noting: As that of `swap`.

    Returns:
        Whether anything had to be written; None if there is no such file.

    Raises:
        ChangedError: Somebody kept writing the file; it is as they left it.
        UnreadableError: It is not a session that Oxios reads.
        WriteFailedError: The system refused, or it could not be noted.
    """
    return _rewrite(path, lambda data: with_fields(data, change), noting)


def _rewrite(path: Path, change: Callable[[bytes], bytes], noting: Noting[FileEdit]) -> bool | None:
    for _ in range(_ATTEMPTS):
        before = _read(path)
        if before is None:
            return None
        content = change(before.content)
        if content == before.content:
            return False
        try:
            swap(path, before.content, content, noting=partial(_noted, noting, before, content))
        except ChangedError:
            continue
        return True
    raise ChangedError(f"{path.name} is being written all the time. Try again in a moment.")


def _read(path: Path) -> FileState | None:
    try:
        state = read_state(path)
        check_size(len(state.content))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnreadableError(f"{path.name} can't be read: {explained(error)}") from error
    return state


def _noted(
    noting: Noting[FileEdit], before: FileState, content: bytes, mtime_ns: int
) -> AbstractContextManager[Noted]:
    return noting(FileEdit(before, FileState(content, mtime_ns)))


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
            current = _read(path)
            if current is None:
                raise ChangedError(f"{path.name} was removed by another program.")
            content = encode(session, onto=current.content)
            try:
                if content != current.content:
                    compare_and_swap(path, current.content, content)
            except ChangedError:
                continue
            session.loaded_from(encode(session))
            return
    raise ChangedError(f"{path.name} is being written all the time. Try again in a moment.")
