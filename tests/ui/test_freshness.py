import random

from oxtui.store.summaries.entries import FileIdentity, SessionEntry
from oxtui.store.timestamps import Timestamp
from oxtui.store.values import SessionId, SessionSummary
from oxtui.ui.freshness import Freshness

_SECOND = 10**9
_NOW = 1_780_000_000 * _SECOND
_CLOSED = _NOW - 3_600 * _SECOND


def written(name: str, seconds_ago: int) -> SessionEntry:
    at = Timestamp.from_ns(_NOW - seconds_ago * _SECOND)
    summary = SessionSummary(name, "default", 1, None, None, None, at, at)
    return SessionEntry(SessionId(name), FileIdentity(1, 1, 1), summary)


def entries(**seconds_ago: int) -> dict[SessionId, SessionEntry]:
    return {SessionId(name): written(name, ago) for name, ago in seconds_ago.items()}


def test_what_was_written_since_oxtui_was_closed_is_unseen_and_of_this_minute_live() -> None:
    there = entries(now=1, ahead=-30, lately=600, before=4_000)
    fresh = Freshness(_CLOSED)
    fresh.take(frozenset(there), there, _NOW, None)
    assert fresh.live == {"now", "ahead"}
    assert fresh.unseen == {"now", "ahead", "lately"}


def test_in_a_first_run_everything_there_is_counts_as_seen_until_it_changes() -> None:
    there = entries(a=600, b=4_000)
    fresh = Freshness()
    fresh.take(frozenset(there), there, _NOW, None)
    assert not fresh.unseen
    fresh.take(frozenset({SessionId("b")}), there, _NOW, None)
    assert fresh.unseen == {"b"}


def test_what_is_read_is_not_unseen() -> None:
    there = entries(a=600, b=600)
    fresh = Freshness(_CLOSED)
    fresh.take(frozenset(there), there, _NOW, SessionId("a"))
    assert fresh.unseen == {"b"}
    assert fresh.read(SessionId("b"))
    assert not fresh.unseen


def test_all_at_once_is_the_same_as_one_by_one() -> None:
    chance = random.Random(3)
    there = entries(**{f"s{n}": chance.choice((1, 50, 70, 600, 4_000, -70)) for n in range(200)})
    for closed_ns in (None, _CLOSED):
        whole, single = Freshness(closed_ns), Freshness(closed_ns)
        whole.take(frozenset(there), there, _NOW, None)
        for session_id in there:
            single.take(frozenset({session_id}), there, _NOW, None)
        assert (whole.live, whole.unseen) == (single.live, single.unseen)
