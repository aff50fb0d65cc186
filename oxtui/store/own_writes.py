"""Which states of sessions are of this program's own making.

A move or a title is written into a session's file with a new `updated_at`, as a turn in Oxios is.
Whether Oxios is at work in a session, and whether there is something new in it, goes by what others
wrote.
"""

from collections.abc import Mapping
from typing import NamedTuple

from oxtui.store.summaries.entries import SessionEntry
from oxtui.store.values import SessionId


class _Written(NamedTuple):
    """A state that was written here.

    Attributes:
        used_ns: When others wrote the session last, nanoseconds since the epoch; None if that is
            when the state says that it was updated.
        known: Whether all that others had written by then was known here.
    """

    used_ns: int | None
    known: bool


class OwnWrites:
    """Remembers the states that this program gave to sessions, by their times of modification.

    Each is told before it can be seen on the disk, so whoever reads the file then knows whose it
    is. One that never came to be does no harm.
    """

    def __init__(self, entries: Mapping[SessionId, SessionEntry]) -> None:
        """Knows of none.

        Args:
            entries: All sessions as they are known, live.
        """
        self._entries = entries
        self._written: dict[tuple[SessionId, int], _Written] = {}

    def edits(self, session_id: SessionId, before_ns: int, after_ns: int) -> None:
        """A session is about to be changed.

        Args:
            session_id: Which.
            before_ns: The time of modification that its file has.
            after_ns: The one that it gets.
        """
        self._written[session_id, after_ns] = self._after(session_id, before_ns)

    def takes_back(self, session_id: SessionId, before_ns: int, after_ns: int) -> None:
        """A session is about to become what it was before a change; arguments as of `edits`."""
        known = self._after(session_id, before_ns).known
        self._written[session_id, after_ns] = _Written(
            self._used_before(session_id, after_ns), known
        )

    def restores(self, session_id: SessionId, mtime_ns: int) -> None:
        """A session of this time of modification is about to come back from the trash."""
        self._written[session_id, mtime_ns] = _Written(
            self._used_before(session_id, mtime_ns), known=True
        )

    def used_ns(self, entry: SessionEntry) -> int:
        """When others wrote a session last, as far as is known; nanoseconds since the epoch."""
        used_ns = self._used_before(entry.session_id, entry.identity.mtime_ns)
        return entry.summary.updated_at.ns if used_ns is None else used_ns

    def is_live(self, entry: SessionEntry, now_ns: int, within_ns: int) -> bool:
        """Whether others wrote a session not longer than this ago."""
        return abs(now_ns - self.used_ns(entry)) < within_ns

    def is_news(self, entry: SessionEntry) -> bool:
        """Whether a session that changed may hold something that others wrote."""
        written = self._written.get((entry.session_id, entry.identity.mtime_ns))
        return written is None or not written.known

    def _used_before(self, session_id: SessionId, mtime_ns: int) -> int | None:
        written = self._written.get((session_id, mtime_ns))
        return written and written.used_ns

    def _after(self, session_id: SessionId, before_ns: int) -> _Written:
        """What is known of a state that is made of the one of this time of modification."""
        entry = self._entries.get(session_id)
        if entry is not None and entry.identity.mtime_ns == before_ns:
            return _Written(self.used_ns(entry), known=True)
        # Either an own write that was not read yet, or others wrote in this moment.
        return self._written.get((session_id, before_ns), _Written(before_ns, known=False))
