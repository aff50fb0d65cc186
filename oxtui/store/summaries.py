"""Reading the summaries of thousands of sessions quickly."""

from typing import NamedTuple

import msgspec

from oxtui.store.models import SessionId, SessionSummary


class FileIdentity(NamedTuple):
    """What tells one state of a file from another without reading it."""

    inode: int
    size: int
    mtime_ns: int


class SessionEntry(msgspec.Struct, frozen=True, gc=False):
    """A session in its file.

    Attributes:
        session_id: The stem of the file, which is the session's identity.
        identity: The state of the file that was read.
        summary: What it says.
    """

    session_id: SessionId
    identity: FileIdentity
    summary: SessionSummary


class UnreadableEntry(msgspec.Struct, frozen=True, gc=False):
    """A file in the sessions folder that cannot be read as a session.

    Attributes:
        session_id: The stem of the file.
        identity: The state of the file that was tried; zeros where it could not even be opened.
        reason: Why, in a few words for the user.
    """

    session_id: SessionId
    identity: FileIdentity
    reason: str
