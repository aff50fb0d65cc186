"""What a file in the sessions folder holds, as far as a list shows it, and in which state."""

import errno
import os
import time
from pathlib import Path
from typing import Final, Self

import msgspec

from oxtui.errors import InvalidNameError, UnreadableError
from oxtui.store.layout import session_id_of
from oxtui.store.names import check_name
from oxtui.store.refusals import reason
from oxtui.store.regular_files import read_seen
from oxtui.store.values import SessionId, SessionSummary

UNSETTLED: Final = -1
"""Stands for a time of change that says nothing."""

# A file that is written twice within one tick of the file system's clock looks the same after the
# second time, if its size is. So what was read of a file is not relied on when the file was younger
# than a tick; git calls such a file racy. Clocks that tell 10 ms and more tick rarely.
_TICK_NS: Final = 20 * 10**6
_COARSE_TICK_NS: Final = 2 * 10**9
_COARSE_NS: Final = 10**7


_NOT_THERE: Final = (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG)


class FileIdentity(msgspec.Struct, frozen=True, gc=False):
    """What tells one state of a file from another without reading it."""

    inode: int
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        """The identity that a `stat` shows."""
        return cls(status.st_ino, status.st_size, status.st_mtime_ns)

    def is_of(self, status: os.stat_result) -> bool:
        """Whether a `stat` shows the same."""
        return self == FileIdentity.of(status)


UNSEEN: Final = FileIdentity(0, 0, 0)
"""Stands for the state of a file that could not be looked at."""


class SessionEntry(msgspec.Struct, frozen=True, gc=False):
    """A session in its file.

    Attributes:
        session_id: The stem of the file, which is the session's identity.
        identity: The state of the file that was read.
        summary: What it says.
        changed_ns: When the file's status changed last (its ctime), nanoseconds since the epoch;
            `UNSETTLED` if a later change might not show, and then it is to be read again.
    """

    session_id: SessionId
    identity: FileIdentity
    summary: SessionSummary
    changed_ns: int = UNSETTLED

    def was_read_from(self, status: os.stat_result) -> bool:
        """Whether a file of this status is as it was when it was read, as far as that is known."""
        return self.identity.is_of(status) and self.changed_ns in (UNSETTLED, status.st_ctime_ns)


class UnreadableEntry(msgspec.Struct, frozen=True, gc=False):
    """A file in the sessions folder that cannot be read as a session.

    Attributes:
        session_id: The stem of the file.
        identity: The state of the file that was tried.
        reason: Why, in a few words for the user.
        changed_ns: As that of a `SessionEntry`.
    """

    session_id: SessionId
    identity: FileIdentity
    reason: str
    changed_ns: int = UNSETTLED


Entry = SessionEntry | UnreadableEntry


def read_entry(path: Path) -> Entry | None:
    """The session in a file, or why it can't be read; None if there is no such file."""
    return read_named(str(path.parent), path.name)


def read_named(folder: str, name: str) -> Entry | None:
    """As `read_entry`, for the file of a name in a folder."""
    from oxtui.store.summaries.summarize import summarize  # what is known needs no reading

    path = f"{folder}{os.sep}{name}"
    session_id = session_id_of(name)
    now_ns = time.time_ns()
    try:
        status = os.lstat(path)
    except OSError as error:
        if error.errno in _NOT_THERE:
            return None
        return UnreadableEntry(session_id, UNSEEN, reason(error))
    identity = FileIdentity.of(status)
    changed_ns = _settled(status.st_ctime_ns, now_ns)
    try:
        check_name(session_id)
        summary = summarize(read_seen(path, status))
        return SessionEntry(session_id, identity, summary, changed_ns)
    except FileNotFoundError:
        return None
    except (UnreadableError, InvalidNameError) as error:
        return UnreadableEntry(session_id, identity, error.message, changed_ns)
    except OSError as error:  # which may pass without a trace in the file
        return UnreadableEntry(session_id, identity, reason(error))


def _settled(changed_ns: int, now_ns: int) -> int:
    tick_ns = _TICK_NS if changed_ns % _COARSE_NS else _COARSE_TICK_NS
    return changed_ns if now_ns - changed_ns > tick_ns else UNSETTLED


def is_unchanged(entry: Entry, status: os.stat_result) -> bool:
    """Whether a file of this status certainly is in the state that an entry was read from."""
    identity = entry.identity
    return (
        entry.changed_ns == status.st_ctime_ns
        and identity.mtime_ns == status.st_mtime_ns
        and identity.size == status.st_size
        and identity.inode == status.st_ino
    )
