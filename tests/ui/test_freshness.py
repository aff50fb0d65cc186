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
    fresh = Freshness.from_json(None, _NOW)
    fresh.take(frozenset(there), there, _NOW, None)
    assert not fresh.unseen
    fresh.take(frozenset({SessionId("b")}), there, _NOW, None)
    assert fresh.unseen == {"b"}
    there |= entries(new=-5)
    fresh.take(frozenset({SessionId("new")}), there, _NOW + 5 * _SECOND, None)
    assert fresh.unseen == {"b", "new"}


def test_of_what_was_gone_and_is_back_only_what_was_written_is_unseen() -> None:
    there = entries(a=600, b=4_000)
    fresh = Freshness(_NOW)
    fresh.take(frozenset(there), there, _NOW, None)
    fresh.forget(there.keys())
    there |= entries(b=-5)
    fresh.take(frozenset(there), there, _NOW + 5 * _SECOND, None)
    assert fresh.unseen == {"b"}


def test_what_is_read_is_not_unseen() -> None:
    there = entries(a=600, b=600)
    fresh = Freshness(_CLOSED)
    fresh.take(frozenset(there), there, _NOW, SessionId("a"))
    assert fresh.unseen == {"b"}
    assert fresh.read(SessionId("b"))
    assert not fresh.unseen


def remembered(fresh: Freshness, there: dict[SessionId, SessionEntry], *, checked: bool) -> object:
    value = fresh.to_json(_NOW, there, checked=checked)
    assert isinstance(value, dict)
    unseen = value["unseen"]
    assert isinstance(unseen, list)
    assert Freshness.from_json(value, _NOW).unseen == set(unseen)
    return unseen


def test_what_is_gone_is_not_remembered_as_unseen() -> None:
    there = entries(zz=1, aa=600)
    fresh = Freshness(_CLOSED, map(SessionId, (f"gone{n:04}" for n in range(2_000))))
    fresh.take(frozenset(there), there, _NOW, None)
    assert remembered(fresh, there, checked=True) == ["zz", "aa"]


def test_of_more_than_can_be_remembered_the_newest_are() -> None:
    there = entries(**{f"s{n:04}": 3_000 - n for n in range(1_500)})
    fresh = Freshness(_CLOSED)
    fresh.take(frozenset(there), there, _NOW, None)
    assert len(fresh.unseen) == 1_500
    assert remembered(fresh, there, checked=True) == [f"s{n:04}" for n in range(1_499, 499, -1)]


def test_what_was_not_looked_for_yet_is_still_unseen() -> None:
    there = entries(zz=1)
    fresh = Freshness(_CLOSED, [SessionId("later")])
    fresh.take(frozenset(there), there, _NOW, None)
    assert remembered(fresh, there, checked=False) == ["zz", "later"]


def test_all_at_once_is_the_same_as_one_by_one() -> None:
    chance = random.Random(3)
    there = entries(**{f"s{n}": chance.choice((1, 50, 70, 600, 4_000, -70)) for n in range(200)})
    for closed_ns in (_NOW, _CLOSED):
        whole, single = Freshness(closed_ns), Freshness(closed_ns)
        whole.take(frozenset(there), there, _NOW, None)
        for session_id in there:
            single.take(frozenset({session_id}), there, _NOW, None)
        assert (whole.live, whole.unseen) == (single.live, single.unseen)
