"""What a prune would take, and why: a plan that can be looked at before anything happens.

The rule is `state_store.rs: prune_sessions`: first what is older than the time to live, then all
but the newest. On top of it a plan knows sessions that are kept whatever their age.
"""

from collections.abc import Iterable
from typing import Final

import msgspec

from oxtui.errors import InvalidValueError
from oxtui.store.summaries.scan import SessionEntry, newest_first
from oxtui.store.values import LONGEST_TTL_HOURS, PruneConfig, SessionId
from oxtui.units import age, span

_HOUR_NS: Final = 3_600 * 1_000_000_000
LIVE_NS: Final = 5 * 60 * 1_000_000_000


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
    """Every session beyond the limits, the oldest first."""

    config: PruneConfig
    rows: tuple[PruneRow, ...]

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
    check_limits(config)
    ordered = newest_first(entries)
    cutoff = now_ns - config.ttl_hours * _HOUR_NS
    old = [e for e in ordered if config.ttl_hours and e.summary.updated_at.ns < cutoff]
    staying = len(ordered) - len(old)
    beyond = ordered[config.max_sessions : staying] if config.max_sessions else []
    reasons = [
        *((e, f"beyond the newest {config.max_sessions:,}") for e in beyond),
        *((e, _too_old(e, config.ttl_hours, cutoff)) for e in old),
    ]
    rows = (PruneRow(e, reason, _kept(e, now_ns, live_ns)) for e, reason in reversed(reasons))
    return PrunePlan(config, tuple(rows))


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


def _too_old(entry: SessionEntry, ttl_hours: int, cutoff: int) -> str:
    return f"older than {ttl_hours:,} h by {span(cutoff - entry.summary.updated_at.ns)}"


def _kept(entry: SessionEntry, now_ns: int, live_ns: int) -> str | None:
    if entry.summary.pinned:
        return "pinned"
    since = now_ns - entry.summary.updated_at.ns
    if live_ns and abs(since) < live_ns:
        return "written just now" if age(since) == "now" else f"written {age(since)} ago"
    return None
