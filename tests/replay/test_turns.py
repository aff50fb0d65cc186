import pytest

from oxtui.replay.turns import Call, Outcome, Thought, Turn, changed_turns, turns
from tests.replay.sessions import answer, at, exchange, message, only, session, step


def numbers(turn: Turn) -> list[int]:
    return [call.number for call in turn.calls]


def order(turn: Turn) -> list[int | str]:
    return [e.text if isinstance(e, Thought) else e.number for e in turn.entries]


def record(text: str, seconds: float, *segments: tuple[int, str]) -> dict[str, object]:
    made: dict[str, object] = {"content": text, "source": "model", "timestamp": at(seconds)}
    if segments:
        made["segments"] = [{"before_step": before, "text": piece} for before, piece in segments]
    return made


def test_turn_is_message_and_answer_of_the_same_index() -> None:
    made = turns(session([message("a"), message("b")], [answer("A"), answer("B")]))
    assert [(t.message and t.message.content, t.answer and t.answer.content) for t in made] == [
        ("a", "A"),
        ("b", "B"),
    ]


def test_lists_may_differ_in_length() -> None:
    unanswered = turns(session([message("a"), message("b")], [answer("A")]))
    assert unanswered[1].answer is None
    assert unanswered[1].outcome is Outcome.OPEN
    unasked = turns(session([], [answer("A")]))
    assert unasked[0].message is None
    assert unasked[0].outcome is Outcome.ANSWERED


def test_nothing_gives_no_turn() -> None:
    assert turns(session()) == ()


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("", Outcome.CANCELLED),
        ("⚠️ model timed out", Outcome.FAILED),
        ("all well ⚠️", Outcome.ANSWERED),
    ],
)
def test_outcome_is_told_by_the_text(text: str, outcome: Outcome) -> None:
    assert only("q", text).outcome is outcome


@pytest.mark.parametrize(
    ("spans", "expected"),
    [
        ([(0, 2), (2, 4)], [[0, 1], [2, 3]]),
        ([(0, 0), (0, 4)], [[], [0, 1, 2, 3]]),
        ([(0, 3), (1, 4)], [[0, 1, 2], [3]]),
        ([(0, 2), (2, 900)], [[0, 1], [2, 3]]),
        ([(0, 4), (7, 9)], [[0, 1, 2, 3], []]),
        ([(2, 4), (0, 2)], [[2, 3], [0, 1]]),
    ],
)
def test_calls_come_from_ranges(spans: list[tuple[int, int]], expected: list[list[int]]) -> None:
    made = turns(
        session(
            [message("a"), message("b")],
            [answer("A", 1, spans[0]), answer("B", 2, spans[1])],
            [step() for _ in range(4)],
        )
    )
    assert [numbers(turn) for turn in made] == expected


def test_calls_of_a_reversed_range_are_not_lost() -> None:
    made = turns(session([message("a")], [answer("A", 1, (3, 1))], [step() for _ in range(3)]))
    assert [numbers(turn) for turn in made] == [[], [0, 1, 2]]
    assert made[-1].stray


def test_calls_between_ranges_go_to_the_turn_between() -> None:
    made = turns(
        session(
            [message("a"), message("b"), message("c")],
            [answer("A", 1, (0, 1)), answer("B", 2), answer("C", 3, (3, 4))],
            [step() for _ in range(4)],
        )
    )
    assert [numbers(turn) for turn in made] == [[0], [1, 2], [3]]


def test_calls_after_the_last_range_go_to_the_unanswered_turn() -> None:
    made = turns(
        session([message("a"), message("b")], [answer("A", 1, (0, 1))], [step(), step(), step()])
    )
    assert [numbers(turn) for turn in made] == [[0], [1, 2]]


def test_old_files_are_told_apart_by_time() -> None:
    made = turns(
        session(
            [message("a", 0), message("b", 10)],
            [answer("A", 5), answer("B", 15)],
            [step(seconds=5.0004), step(seconds=9), step(seconds=15), step(seconds=80)],
        )
    )
    assert [numbers(turn) for turn in made] == [[0], [1, 2], [3]]
    assert made[-1].stray


def test_old_files_whose_times_say_nothing_keep_calls_apart() -> None:
    made = turns(session([message("a"), message("b")], [answer("A"), answer("B")], [step()]))
    assert [numbers(turn) for turn in made] == [[], [], [0]]
    assert [turn.stray for turn in made] == [False, False, True]


def test_every_call_is_in_one_turn_whatever_the_ranges() -> None:
    spans = [(5, 2), (0, 9), (3, 4), (20, 30), (8, 12), (0, 40)]
    made = turns(
        session(
            [message(str(i)) for i in range(9)],
            [answer("A", i, span) for i, span in enumerate(spans)] + [answer("B", 7)],
            [step(seconds=i) for i in range(40)],
        )
    )
    assert sorted(n for turn in made for n in numbers(turn)) == list(range(40))


def test_thoughts_stand_before_the_calls_they_led_to() -> None:
    made = turns(
        session(
            [message("a")],
            [answer("A", 5, (0, 2))],
            [step(), step()],
            [record("", 5, (0, "first"), (1, "then"), (2, "last"), (99, "far"), (-3, "early"))],
        )
    )
    assert order(made[0]) == ["first", "early", 0, "then", 1, "last", "far"]


def test_a_record_belongs_to_the_first_answer_not_earlier() -> None:
    made = turns(
        session(
            [message("a"), message("b"), message("c")],
            [answer("A", 5), answer("B", 9)],
            (),
            [record("x", 5), record("y", 5.1), record("z", 9.5)],
        )
    )
    assert [order(turn) for turn in made] == [["x"], ["y"], ["z"]]


def test_a_record_without_a_usable_time_is_not_lost() -> None:
    bad = {"content": "lost?", "timestamp": "yesterday"}
    made = turns(session([message("a")], [answer("A", 5)], (), [bad]))
    assert order(made[-1]) == ["lost?"]


def test_gaps_are_never_negative() -> None:
    made = turns(session([message("a", 0), message("b", 60), message("c", 2)], [answer("A", 10)]))
    assert [turn.gap_ns for turn in made] == [50_000_000_000, 0, None]


def test_only_what_differs_is_changed() -> None:
    assert changed_turns(exchange(3), exchange(3)) == frozenset()
    assert changed_turns(exchange(3), exchange(4)) == {2, 3}
    assert changed_turns(exchange(2, 1), exchange(2, 2)) == {0, 1}


def test_a_turn_is_a_value() -> None:
    assert only("q", "a", step()) == only("q", "a", step())
    assert isinstance(only("q", "a", step()).entries[0], Call)
