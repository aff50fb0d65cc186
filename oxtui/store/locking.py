"""Keeping processes of oxtui out of each other's writes; Oxios takes no lock and needs none.

The file of a lock says what is being done under it. When nobody holds the lock and it still says
so, then who did it was ended in the middle, and `recovery` sees to what is left.
"""

import fcntl
import os
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from oxtui.errors import WriteFailedError
from oxtui.store.journal_names import JOURNAL
from oxtui.store.origin import ID_FILE, Origin
from oxtui.store.own_folder import open_file_at, own_folder
from oxtui.store.refusals import explained

REVERSAL: Final = "turning"
"""The file in the folder of oxtui's own that says which act is being undone or redone."""

_LOCK: Final = "lock"
OWN_FILES: Final = (_LOCK, REVERSAL, JOURNAL, ID_FILE)
"""The files that oxtui makes in the folder of its own."""

_PATIENCE_S: Final = 10.0
_RETRY_S: Final = 0.005
_IDLE: Final = b"0"
_BUSY: Final = b"1"
_known: Final[set[tuple[Path, int, int]]] = set()
"""Stores that this process knows to be this user's: path, device and inode of our folder."""


@contextmanager
def store_lock(base: Path) -> Generator[None]:
    """Holds the store's lock while the body runs; to be taken in a worker thread.

    Raises:
        WriteFailedError: Another oxtui holds it for too long, or the store can't be written.
    """
    with _opened(base) as descriptor:
        _acquire(descriptor, base, _PATIENCE_S)
        _make_known(base)
        before = _said(descriptor)
        _say(descriptor, _BUSY)
        try:
            yield
        finally:
            _say(descriptor, before)  # what was left by somebody else stays to be seen to


@contextmanager
def interrupted_lock(base: Path) -> Generator[bool]:
    """Holds the store's lock for who sees to what was left; whether anything was.

    After the body, nothing is left any more; if it raises, it still is.

    Raises:
        WriteFailedError: As `store_lock`.
    """
    with _opened(base) as descriptor:
        _acquire(descriptor, base, _PATIENCE_S)
        yield _said(descriptor) == _BUSY
        _say(descriptor, _IDLE)


def was_interrupted(base: Path) -> bool:
    """Whether a process of oxtui was ended while it wrote; False while another one writes."""
    try:
        with own_folder(base) as folder:
            descriptor = open_file_at(folder, _LOCK, os.O_RDONLY)
    except OSError:
        return False  # nobody ever wrote, or nobody can
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return _said(descriptor) == _BUSY
    except OSError:
        return False
    finally:
        os.close(descriptor)


def may_be_interrupted(base: Path) -> bool:
    """Whether `recovery` should look at a store before anything is written to it.

    That is known from two small files, and may be so because another oxtui is just writing.
    """
    try:
        with own_folder(base) as folder:
            unfinished = os.lstat(REVERSAL, dir_fd=folder).st_size > 0
    except OSError:
        unfinished = False
    return unfinished or was_interrupted(base)


@contextmanager
def _opened(base: Path) -> Generator[int]:
    try:
        with own_folder(base, make=True) as folder:
            descriptor = open_file_at(folder, _LOCK, os.O_RDWR | os.O_CREAT)
    except OSError as error:
        raise WriteFailedError(
            f"{base} can't be written: {explained(error, 'Nothing was changed.')}"
        ) from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _make_known(base: Path) -> None:
    """Sees to it that a store which this user writes to is known as their own from now on."""
    try:
        with own_folder(base) as folder:
            status = os.fstat(folder)
        place = (base, status.st_dev, status.st_ino)
        if place not in _known:
            Origin.made(base)
            _known.add(place)
    except OSError as error:
        raise WriteFailedError(
            f"{base} can't be written: {explained(error, 'Nothing was changed.')}"
        ) from error


def _acquire(descriptor: int, base: Path, patience_s: float) -> None:
    deadline = time.monotonic() + patience_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise WriteFailedError(
                    f"Another oxtui has been writing to {base} for {patience_s:.0f} s. "
                    "Nothing was changed; try again when it is done."
                ) from None
            time.sleep(_RETRY_S)
        except OSError as error:
            raise WriteFailedError(
                f"{base} can't be locked: {explained(error, 'Nothing was changed.')}"
            ) from error
        else:
            return


def _said(descriptor: int) -> bytes:
    with suppress(OSError):
        return os.pread(descriptor, 1, 0) or _IDLE
    return _IDLE


def _say(descriptor: int, what: bytes) -> None:
    with suppress(OSError):  # on a full disk, what is left is not known at once, but when listed
        os.pwrite(descriptor, what, 0)
