"""Keeping others from opening a file, where the system can: leases of Linux (`fcntl(2)`).

A lease is no lock that others would have to ask for. Who opens a leased file waits in `open`, and
its holder is told; the system takes the lease away after `/proc/sys/fs/lease-break-time` seconds,
45 unless somebody changed that. What is done under one here takes milliseconds.
"""

import fcntl
import os
import signal
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import Final, NamedTuple

from oxtui.errors import WriteFailedError
from oxtui.store.regular_files import open_regular, read_whole

_PATIENCE_S: Final = 2.0
_RETRY_S: Final = 0.02
_LINUX: Final = sys.platform == "linux"


class Writers(Enum):
    """What is known of those who have a file open for writing."""

    NONE = "nobody has it open, and who opens it now waits"
    SOME = "somebody has it open"
    UNKNOWN = "the system does not tell"


class Opened(NamedTuple):
    """A file that is open for reading, and what is known of those who write to it."""

    descriptor: int
    writers: Writers

    def is_at(self, path: Path) -> bool:
        """Whether that is its name."""
        return os.path.samestat(path.lstat(), os.fstat(self.descriptor))

    def holds(self, expected: bytes) -> bool:
        """Whether that is its content."""
        return read_whole(self.descriptor) == expected


def keep_openers_out(descriptor: int) -> bool:
    """Makes everybody who opens a file wait until it is closed here.

    Args:
        descriptor: The file, which this process owns and nobody else has open.

    Returns:
        False where the system can't.
    """
    if not _LINUX:
        return False
    try:
        _lease(descriptor, fcntl.F_WRLCK)
    except OSError:
        return False  # a file system without leases, or somebody looks at every new file
    return True


def keep_writers_out(descriptor: int) -> Writers:
    """Makes everybody who opens a file to write to it wait, unless somebody has it open already.

    Args:
        descriptor: The file, opened only for reading.
    """
    if not _LINUX:
        return Writers.UNKNOWN
    try:
        _lease(descriptor, fcntl.F_RDLCK)
    except BlockingIOError:
        return Writers.SOME
    except OSError:
        return Writers.UNKNOWN  # a file system without leases, or a file of somebody else
    return Writers.NONE


def are_writers_waiting(descriptor: int) -> bool:
    """Whether somebody waits to open a file to write to it; a file that is leased here."""
    return _LINUX and fcntl.fcntl(descriptor, fcntl.F_GETLEASE) == fcntl.F_UNLCK


def _lease(descriptor: int, kind: int) -> None:
    # Who waits is announced by a signal, whose default would end us; SIGURG's is nothing.
    fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, kind)


@contextmanager
def open_without_writers(path: Path) -> Generator[Opened]:
    """Opens a regular file that nobody has open for writing, as far as that can be known.

    As long as the body runs, who opens it to write waits, where the system can make them.

    Raises:
        UnreadableError: It is no regular file.
        WriteFailedError: Somebody has it open, and goes on.
        OSError: The system refused.
    """
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        descriptor = open_regular(os.fspath(path), os.O_RDONLY)
        try:
            writers = keep_writers_out(descriptor)
            if writers is not Writers.SOME:
                yield Opened(descriptor, writers)
                return
        finally:
            os.close(descriptor)
        if time.monotonic() > deadline:
            raise WriteFailedError(
                f"{path.name} is open for writing in another program, which would not see what is "
                "written here. Close it there, then try again."
            )
        time.sleep(_RETRY_S)
