"""What a prune would take, and why: a plan that can be looked at before anything happens.

The rule is `state_store.rs: prune_sessions`: first what is older than the time to live, then all
but the newest. On top of it a plan knows sessions that are kept whatever their age.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Sequence
from heapq import nlargest
from typing import Final

import msgspec

from oxtui.errors import InvalidValueError
from oxtui.store.summaries.entries import SessionEntry
from oxtui.store.summaries.scan import newest_first
from oxtui.store.values import LONGEST_TTL_HOURS, PruneConfig, SessionId
from oxtui.units import age, plural, span

_MINUTE_NS: Final = 60 * 1_000_000_000
_HOUR_NS: Final = 60 * _MINUTE_NS
LIVE_NS: Final = 5 * _MINUTE_NS


class PruneRow(msgspec.Struct, frozen=True):
    """A session beyond the limits.

    Attributes:
        entry: The session, in the state in which the plan saw it.
        reason: Which limit it is beyond, and by how much.
        kept: Why it is kept all the same; None when it goes.
    """

    entry: SessionEntry
    reason: str
    kept: str | None = None

    @property
    def session_id(self) -> SessionId:
        """The session's identity."""
        return self.entry.session_id

    @property
    def size(self) -> int:
        """Bytes of its file."""
        return self.entry.identity.size


class PrunePlan(msgspec.Struct, frozen=True):
    """Every session beyond the limits, the oldest first.

    Attributes:
        config: The limits.
        rows: The sessions beyond them, also those that are kept.
        ahead: How many sessions of the store are dated in the future: a clock is or was wrong.
            That is said, and nothing else: they count as the newest, as for Oxios.
    """

    config: PruneConfig
    rows: tuple[PruneRow, ...]
    ahead: int = 0

    @property
    def going(self) -> tuple[PruneRow, ...]:
        """The rows that go."""
        return tuple(row for row in self.rows if row.kept is None)

    @property
    def size(self) -> int:
        """Bytes of what goes."""
        return sum(row.size for row in self.going)


def plan_prune(
    entries: Iterable[SessionEntry], config: PruneConfig, now_ns: int, *, live_ns: int = LIVE_NS
) -> PrunePlan:
    """What a prune of these sessions would take.

    Args:
        entries: All sessions of the store.
        config: The limits; 0 is no limit.
        now_ns: The present, nanoseconds since the epoch.
        live_ns: How long after it was written a session counts as being in use, in nanoseconds;
            0 as in the reference, which keeps none for that reason.

    Raises:
        InvalidValueError: A limit is out of its range.
    """
    ordered = newest_first(entries)
    young, staying = _limits(ordered, config, now_ns)
    cutoff = now_ns - config.ttl_hours * _HOUR_NS
    beyond = f"beyond the newest {config.max_sessions:,}"
    rows = [
        PruneRow(
            entry,
            beyond if place < young else _too_old(entry, config.ttl_hours, cutoff),
            _kept(entry, now_ns, live_ns),
        )
        for place, entry in enumerate(ordered[staying:], staying)
    ]
    return PrunePlan(config, tuple(reversed(rows)), _ahead(ordered, now_ns + live_ns))


def foresee_prune(
    entries: Collection[SessionEntry], config: PruneConfig, now_ns: int
) -> tuple[int, int]:
    """How many sessions Oxios' next prune would take, and the bytes of their files.

    It knows neither pinned sessions nor such as are in use. Nothing here keeps the interpreter for
    long at a time: it is asked for after each change, and keys come first.

    Args:
        entries: All sessions of the store.
        config: The limits; 0 is no limit.
        now_ns: The present, nanoseconds since the epoch.

    Raises:
        InvalidValueError: A limit is out of its range.
    """
    check_limits(config)
    young = entries
    if config.ttl_hours:
        cutoff = now_ns - config.ttl_hours * _HOUR_NS
        young = [entry for entry in entries if entry.summary.updated_at.ns >= cutoff]
    staying = _newest(young, config.max_sessions or len(young))
    return len(entries) - len(staying), _bytes_of(entries) - _bytes_of(staying)


def dated_ahead(count: int) -> str:
    """A sentence on so many sessions that are dated in the future."""
    are, they = ("is", "it counts") if count == 1 else ("are", "they count")
    dated = f"{plural(count, 'session')} {are} dated in the future"
    return f"{dated}, by a clock that was wrong: {they} as the newest."


def check_limits(config: PruneConfig) -> None:
    """Refuses limits that are negative or beyond what Oxios can hold.

    Raises:
        InvalidValueError: One is; the reference would panic.
    """
    if config.max_sessions < 0 or config.ttl_hours < 0:
        raise InvalidValueError("A limit can't be negative; 0 means no limit.")
    if config.ttl_hours > LONGEST_TTL_HOURS:
        raise InvalidValueError(
            f"ttl_hours can be at most {LONGEST_TTL_HOURS:,}; 0 means that sessions never expire."
        )


def _limits(ordered: Sequence[SessionEntry], config: PruneConfig, now_ns: int) -> tuple[int, int]:
    """How many of these sessions, the newest first, are young enough, and how many stay.

    Raises:
        InvalidValueError: A limit is out of its range.
    """
    check_limits(config)
    young = len(ordered)
    if config.ttl_hours:
        cutoff = now_ns - config.ttl_hours * _HOUR_NS
        young = bisect_right(ordered, -cutoff, key=_newness)
    return young, min(young, config.max_sessions or young)


def _newest(entries: Collection[SessionEntry], most: int) -> Collection[SessionEntry]:
    """The first so many of what `newest_first` would give, in any order."""
    if len(entries) <= most:
        return entries
    last_ns = nlargest(most, (entry.summary.updated_at.ns for entry in entries))[-1]
    newer = [entry for entry in entries if entry.summary.updated_at.ns > last_ns]
    tied = [entry for entry in entries if entry.summary.updated_at.ns == last_ns]
    tied.sort(key=lambda entry: entry.session_id)
    return newer + tied[: most - len(newer)]


def _bytes_of(entries: Iterable[SessionEntry]) -> int:
    return sum(entry.identity.size for entry in entries)


def _newness(entry: SessionEntry) -> int:
    """What grows along sessions that are in order, the newest first."""
    return -entry.summary.updated_at.ns


def _too_old(entry: SessionEntry, ttl_hours: int, cutoff: int) -> str:
    return f"older than {ttl_hours:,} h by {span(cutoff - entry.summary.updated_at.ns)}"


def _ahead(ordered: Sequence[SessionEntry], until_ns: int) -> int:
    """How many of these sessions, the newest first, are dated after `until_ns`."""
    return bisect_left(ordered, -until_ns, key=_newness)


def _kept(entry: SessionEntry, now_ns: int, live_ns: int) -> str | None:
    if entry.summary.pinned:
        return "pinned"
    since = now_ns - entry.summary.updated_at.ns
    if live_ns and abs(since) < live_ns:
        return f"written {age(since)} ago" if since >= _MINUTE_NS else "written just now"
    return None
