"""A file that nobody can open until it is known to be the right one.

A swap puts our file in place before it can be known whether somebody else had written there. Who
reads it in that moment would build on a state that is about to be taken back, and lose a turn. On
Linux a lease makes them wait instead, for some microseconds.
"""

import fcntl
import os
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress

from oxtui.store.regular_files import write_all


@contextmanager
def unseen(descriptor: int) -> Generator[None]:
    """Makes everybody who opens a file wait until the body is done, where the system can.

    Args:
        descriptor: The file, opened for writing, and by nobody else.
    """
    leased = _lease(descriptor)
    try:
        yield
    finally:
        if leased:
            _release(descriptor)


def rewrite(descriptor: int, content: bytes) -> None:
    """Replaces what a file holds, in place, for those who wait to open it.

    Raises:
        OSError: The system refused.
    """
    os.lseek(descriptor, 0, os.SEEK_SET)
    os.truncate(descriptor, 0)
    write_all(descriptor, content)


def _lease(descriptor: int) -> bool:
    if sys.platform != "linux":
        return False
    try:
        # Who waits is announced by a signal, whose default would end us; SIGURG's is nothing.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    except OSError:
        return False  # a file system without leases, or somebody looks at every new file
    return True


def _release(descriptor: int) -> None:
    if sys.platform == "linux":
        with suppress(OSError):  # closing the file ends it as well
            fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
