"""What a prune would take: a pure function of sessions, limits and the time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxtui.errors import InvalidValueError
from oxtui.store.models import PruneConfig, SessionId, SessionSummary
from oxtui.store.prune import LIVE_NS, PrunePlan, foresee_prune, plan_prune
from oxtui.store.summaries.entries import FileIdentity, SessionEntry
from oxtui.store.timestamps import Timestamp
from oxtui.store.values import LONGEST_TTL_HOURS

HOUR = 3_600 * 10**9
NOW = 1_787_409_292 * 10**9


def entry(name: str, age_ns: int = 0, *, pinned: bool = False, size: int = 10) -> SessionEntry:
    updated = Timestamp.from_ns(NOW - age_ns)
    summary = SessionSummary(
        id=f"id of {name}",
        user_id="u",
        message_count=0,
        title=None,
        active_seed_id=None,
        project_id=None,
        created_at=updated,
        updated_at=updated,
        pinned=pinned,
    )
    return SessionEntry(SessionId(name), FileIdentity(1, size, NOW), summary)


def hours(*ages: int) -> list[SessionEntry]:
    return [entry(f"s{age}", age * HOUR) for age in ages]


def rows(plan: PrunePlan) -> list[tuple[str, str, str | None]]:
    return [(row.session_id, row.reason, row.kept) for row in plan.rows]


def test_first_the_old_ones_go_and_then_what_is_beyond_the_newest() -> None:
    plan = plan_prune(hours(1, 2, 3, 170, 240), PruneConfig(2, 168), NOW)
    assert rows(plan) == [
        ("s240", "older than 168 h by 3 d", None),
        ("s170", "older than 168 h by 2 h", None),
        ("s3", "beyond the newest 2", None),
    ]
    assert plan.going == plan.rows
    assert plan.size == 30


@pytest.mark.parametrize(
    ("over_ns", "reason"),
    [
        (1, "older than 24 h by 0 s"),
        (59 * 10**9, "older than 24 h by 59 s"),
        (60 * 10**9, "older than 24 h by 1 min"),
        (HOUR, "older than 24 h by 1 h"),
        (24 * HOUR, "older than 24 h by 1 d"),
        (15 * 24 * HOUR, "older than 24 h by 2 w"),
        (800 * 24 * HOUR, "older than 24 h by 2 y"),
    ],
)
def test_the_reason_says_by_how_much(over_ns: int, reason: str) -> None:
    plan = plan_prune([entry("s", 24 * HOUR + over_ns)], PruneConfig(0, 24), NOW)
    assert [row.reason for row in plan.rows] == [reason]


def test_large_limits_are_written_for_people() -> None:
    plan = plan_prune(hours(20_000), PruneConfig(0, 10_000), NOW)
    assert plan.rows[0].reason.startswith("older than 10,000 h by ")
    many = [entry(f"s{n}", n + LIVE_NS) for n in range(1_001)]
    assert plan_prune(many, PruneConfig(1_000, 0), NOW).rows[0].reason == "beyond the newest 1,000"


def test_exactly_as_old_as_the_limit_is_not_too_old() -> None:
    assert plan_prune([entry("s", 24 * HOUR)], PruneConfig(0, 24), NOW).rows == ()


def test_pinned_sessions_are_kept_and_say_so() -> None:
    plan = plan_prune(
        [entry("old", 300 * HOUR, pinned=True), entry("s", HOUR), entry("new")],
        PruneConfig(1, 168),
        NOW,
    )
    assert rows(plan) == [
        ("old", "older than 168 h by 5 d", "pinned"),
        ("s", "beyond the newest 1", None),
    ]
    assert [row.session_id for row in plan.going] == ["s"]
    assert plan.size == 10


@pytest.mark.parametrize(
    ("age_ns", "kept"),
    [
        (0, "written just now"),
        (59 * 10**9, "written just now"),
        (3 * 60 * 10**9, "written 3m ago"),
        (LIVE_NS - 1, "written 4m ago"),
        (LIVE_NS, None),
        (-30 * 10**9, "written just now"),
    ],
)
def test_sessions_that_are_in_use_are_kept_and_say_so(age_ns: int, kept: str | None) -> None:
    plan = plan_prune([entry("a", -HOUR), entry("b", age_ns)], PruneConfig(1, 0), NOW)
    assert rows(plan) == [("b", "beyond the newest 1", kept)]
    as_reference = plan_prune(
        [entry("a", -HOUR), entry("b", age_ns)], PruneConfig(1, 0), NOW, live_ns=0
    )
    assert rows(as_reference) == [("b", "beyond the newest 1", None)]


def test_a_clock_that_is_wrong_makes_nothing_old() -> None:
    future = [entry("far", -300 * HOUR), entry("near", -HOUR), entry("s", HOUR)]
    assert plan_prune(future, PruneConfig(0, 1), NOW).rows == ()
    plan = plan_prune(future, PruneConfig(1, 0), NOW)
    assert [(row.session_id, row.kept) for row in plan.rows] == [
        ("s", None),
        ("near", None),
    ]
    assert plan.ahead == 2


@pytest.mark.parametrize("ahead_ns", [0, 30 * 10**9, LIVE_NS])
def test_clocks_that_differ_a_little_are_not_wrong(ahead_ns: int) -> None:
    assert plan_prune([entry("s", -ahead_ns)], PruneConfig(1, 0), NOW).ahead == 0


def test_both_limits_nought_take_nothing() -> None:
    assert plan_prune(hours(1, 10**5), PruneConfig(0, 0), NOW).rows == ()
    assert plan_prune([], PruneConfig(1, 1), NOW).rows == ()


def test_the_largest_limits_take_nothing_and_the_smallest_all_but_one() -> None:
    sessions = hours(1, 2, 10**5)
    assert plan_prune(sessions, PruneConfig(2**64, LONGEST_TTL_HOURS), NOW).rows == ()
    plan = plan_prune(sessions, PruneConfig(1, 0), NOW)
    assert [row.session_id for row in plan.rows] == ["s100000", "s2"]


@pytest.mark.parametrize(
    "config",
    [PruneConfig(-1, 0), PruneConfig(0, -1), PruneConfig(0, LONGEST_TTL_HOURS + 1)],
)
def test_limits_out_of_their_range_are_refused(config: PruneConfig) -> None:
    with pytest.raises(InvalidValueError):
        plan_prune([], config, NOW)


def test_ties_are_in_the_order_of_file_names() -> None:
    same = [entry(name, HOUR) for name in ("b", "a", "c")]
    plan = plan_prune(same, PruneConfig(1, 0), NOW)
    assert [row.session_id for row in plan.rows] == ["c", "b"]


AGES = st.integers(-5, 400) | st.integers(5, 7)
ENTRIES = st.lists(st.tuples(AGES, st.booleans()), max_size=12).map(
    lambda all_: [
        entry(f"s{n}", age * HOUR, pinned=pin, size=2**n) for n, (age, pin) in enumerate(all_)
    ]
)


@given(ENTRIES, st.integers(0, 14), st.integers(0, 400))
def test_it_is_the_rule_of_the_reference(
    sessions: list[SessionEntry], max_sessions: int, ttl_hours: int
) -> None:
    plan = plan_prune(sessions, PruneConfig(max_sessions, ttl_hours), NOW, live_ns=0)
    ordered = sorted(sessions, key=lambda e: (-e.summary.updated_at.ns, e.session_id))
    staying = [
        e for e in ordered if not ttl_hours or e.summary.updated_at.ns >= NOW - ttl_hours * HOUR
    ]
    if max_sessions:
        staying = staying[:max_sessions]
    beyond = [e for e in ordered if e not in staying]
    assert [row.entry for row in plan.rows] == beyond[::-1]
    foreseen = foresee_prune(sessions, PruneConfig(max_sessions, ttl_hours), NOW)
    assert foreseen == (len(beyond), sum(e.identity.size for e in beyond))
    assert {row.kept for row in plan.rows} <= {None, "pinned"}
    assert all((row.kept is None) != row.entry.summary.pinned for row in plan.rows)
