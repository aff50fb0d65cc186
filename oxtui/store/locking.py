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
from oxtui.store.ownership import give_to_owner_of, make_folder
from oxtui.store.refusals import explained

OXTUI_FOLDER: Final = ".oxtui"
REVERSAL: Final = "turning"
"""The file in `OXTUI_FOLDER` that says which act is being undone or redone."""

_LOCK: Final = "lock"
_PATIENCE_S: Final = 10.0
_RETRY_S: Final = 0.005
_IDLE: Final = b"0"
_BUSY: Final = b"1"


@contextmanager
def store_lock(base: Path) -> Generator[None]:
    """Holds the store's lock while the body runs; to be taken in a worker thread.

    Raises:
        WriteFailedError: Another oxtui holds it for too long, or the store can't be written.
    """
    with _opened(base / OXTUI_FOLDER / _LOCK) as descriptor:
        _acquire(descriptor, base, _PATIENCE_S)
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
    with _opened(base / OXTUI_FOLDER / _LOCK) as descriptor:
        _acquire(descriptor, base, _PATIENCE_S)
        yield _said(descriptor) == _BUSY
        _say(descriptor, _IDLE)


def was_interrupted(base: Path) -> bool:
    """Whether a process of oxtui was ended while it wrote; False while another one writes."""
    try:
        descriptor = os.open(base / OXTUI_FOLDER / _LOCK, os.O_RDONLY | os.O_CLOEXEC)
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
        unfinished = (base / OXTUI_FOLDER / REVERSAL).lstat().st_size > 0
    except OSError:
        unfinished = False
    return unfinished or was_interrupted(base)


@contextmanager
def _opened(path: Path) -> Generator[int]:
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        descriptor = open_within(path, flags, 0o666)
    except OSError as error:
        raise WriteFailedError(f"{path.parent} can't be written: {explained(error)}") from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def open_within(path: Path, flags: int, mode: int) -> int:
    """Opens a file in a folder of oxtui's own; both are made where they are not there yet.

    Raises:
        OSError: As `os.open`.
    """
    with suppress(FileNotFoundError):
        return os.open(path, flags & ~os.O_CREAT)
    make_folder(path.parent)
    try:
        descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError:  # another oxtui made it at the same time
        return os.open(path, flags & ~os.O_CREAT)
    give_to_owner_of(path.parent, descriptor)
    return descriptor


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
