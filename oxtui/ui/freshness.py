"""Which sessions are being written just now, and which changed since the user read them."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Final, cast

from oxtui.store.own_writes import OwnWrites
from oxtui.store.summaries.entries import SessionEntry
from oxtui.store.values import SessionId

if TYPE_CHECKING:
    from pydantic import JsonValue

_LIVE_NS: Final = 60 * 1_000_000_000
_MOST_REMEMBERED: Final = 1_000


class Freshness:
    """Keeps both sets, at a cost that goes with what changed.

    Attributes:
        live: Sessions that others wrote within the last minute.
        unseen: Sessions that others changed since they were last read, or since oxtui was last
            closed.
    """

    def __init__(
        self,
        closed_ns: int,
        unseen: Iterable[SessionId] = (),
        own: OwnWrites | None = None,
    ) -> None:
        """Begins where an earlier run ended.

        Args:
            closed_ns: When oxtui was closed last, nanoseconds since the epoch; in a first run now,
                since then everything there is counts as seen.
            unseen: What was not seen then.
            own: Which states of sessions were written here.
        """
        self.live: set[SessionId] = set()
        self.unseen: set[SessionId] = set(unseen)
        self._own = own or OwnWrites({})
        self._closed_ns = closed_ns
        self._known: set[SessionId] = set()

    def take(
        self,
        changed: AbstractSet[SessionId],
        entries: Mapping[SessionId, SessionEntry],
        now_ns: int,
        reading: SessionId | None,
    ) -> None:
        """Takes in sessions that are new or were written."""
        since_ns = min(now_ns - _LIVE_NS, self._closed_ns)
        news = set(changed & self._known)
        for session_id, updated_ns in _updated_after(since_ns, changed, entries):
            if self._own.is_live(entries[session_id], now_ns, _LIVE_NS):
                self.live.add(session_id)
            if updated_ns > self._closed_ns:
                news.add(session_id)
        news.discard(reading)
        self.unseen |= {i for i in news if i not in entries or self._own.is_news(entries[i])}
        self._known |= changed

    def forget(self, gone: AbstractSet[SessionId]) -> None:
        """Takes note of sessions that are gone.

        If they come back, as with a folder that was away, only what was written is news.
        """
        self._known -= gone

    def age(self, entries: Mapping[SessionId, SessionEntry], now_ns: int) -> bool:
        """Drops what is not live any more; returns whether there was any."""
        old = {
            i
            for i in self.live
            if i not in entries or not self._own.is_live(entries[i], now_ns, _LIVE_NS)
        }
        self.live -= old
        return bool(old)

    def read(self, session_id: SessionId) -> bool:
        """Notes that the user reads a session; returns whether it was unseen."""
        if session_id not in self.unseen:
            return False
        self.unseen.discard(session_id)
        return True

    def to_json(
        self, now_ns: int, entries: Mapping[SessionId, SessionEntry], *, checked: bool
    ) -> "JsonValue":
        """What the next run begins with.

        Args:
            now_ns: The present, nanoseconds since the epoch.
            entries: All sessions that are known.
            checked: Whether these are all that there are; else others may be there as well.
        """
        there = [i for i in self.unseen if i in entries]
        there.sort(key=lambda i: entries[i].summary.updated_at.ns, reverse=True)
        others = [] if checked else sorted(self.unseen.difference(there))
        unseen: list[JsonValue] = [*(there + others)[:_MOST_REMEMBERED]]
        return {"closed_ns": now_ns, "unseen": unseen}

    @classmethod
    def from_json(
        cls, value: "JsonValue", now_ns: int, own: OwnWrites | None = None
    ) -> "Freshness":
        """Reads what `to_json` wrote; anything else is a first run."""
        if not isinstance(value, dict):
            return cls(now_ns, own=own)
        closed_ns, unseen = value.get("closed_ns"), value.get("unseen")
        ids = cast("list[JsonValue]", unseen) if isinstance(unseen, list) else []
        return cls(
            closed_ns if isinstance(closed_ns, int) else now_ns,
            (SessionId(i) for i in ids if isinstance(i, str)),
            own,
        )


def _updated_after(
    ns: int, changed: AbstractSet[SessionId], entries: Mapping[SessionId, SessionEntry]
) -> list[tuple[SessionId, int]]:
    """Which of the sessions that changed were updated after a moment, and when."""
    if len(changed) * 2 < len(entries):
        found = ((session_id, entries.get(session_id)) for session_id in changed)
        times = ((session_id, entry.summary.updated_at.ns) for session_id, entry in found if entry)
        return [(session_id, at) for session_id, at in times if at > ns]
    # In the order in which they lie in memory it takes a tenth of the time.
    return [
        (session_id, at)
        for session_id, entry in entries.items()
        if (at := entry.summary.updated_at.ns) > ns and session_id in changed
    ]
