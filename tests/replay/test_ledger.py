from oxtui.replay.ledger import ToolUse, call_counts, ledger
from oxtui.replay.turns import turns
from tests.replay.sessions import answer, exchange, message, session, step

STEPS = [
    step("bash", ms=100),
    step("read", ms=700),
    step("bash", ms=300, output="error: no such table"),
    step("bash", ms=200, is_error=True),
    step("bash", ms=50),
    step("edit", ms=0),
]
SHOWN = turns(session([message("Go")], [answer("Done", 1, (0, 6))], STEPS))


def test_each_tool_with_what_it_took() -> None:
    assert ledger(SHOWN) == (
        ToolUse("read", 1, 0, 700, 700, 700),
        ToolUse("bash", 4, 2, 650, 100, 300),
        ToolUse("edit", 1, 0, 0, 0, 0),
    )


def test_the_median_is_a_time_that_a_call_took() -> None:
    odd = turns(session([message("Go")], [answer("Done", 1, (0, 3))], STEPS[2:5]))
    assert [use.median_ms for use in ledger(odd)] == [200]


def test_tools_that_took_alike_are_in_the_order_of_calls_and_names() -> None:
    steps = [step(name, ms=ms) for name, ms in [("b", 2), ("a", 2), ("c", 1), ("c", 1)]]
    shown = turns(session([message("Go")], [answer("Done", 1, (0, 4))], steps))
    assert [use.name for use in ledger(shown)] == ["c", "a", "b"]


def test_calls_of_no_turn_count() -> None:
    shown = turns(session([message("Go")], [answer("Done", 1, (0, 4))], STEPS))
    assert shown[-1].stray
    assert sum(use.calls for use in ledger(shown)) == sum(n for _, n in call_counts(shown)) == 6


def test_names_differ_by_every_character() -> None:
    steps = [step(name) for name in ("bash", "Bash", "bash ", "", "bash\x1b")]
    shown = turns(session([message("Go")], [answer("Done", 1, (0, 5))], steps))
    assert len(ledger(shown)) == len(call_counts(shown)) == 5


def test_the_most_used_tool_is_listed_first() -> None:
    assert call_counts(SHOWN) == [("bash", 4), ("edit", 1), ("read", 1)]


def test_a_session_without_calls() -> None:
    assert ledger(exchange(3)) == ()
    assert call_counts(exchange(3)) == []
