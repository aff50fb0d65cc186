"""A session as turns: what the user said, what the agent thought, called and answered.

Turn i is the i-th message with the i-th answer, and either may be missing. Nothing inside a turn is
ordered by time, since all its times are the moment at which it was saved.
"""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from itertools import accumulate
from typing import Final

import msgspec

from oxtui.replay.limits import PART_CHARS
from oxtui.store.timestamps import Timestamp
from oxtui.store.transcript import Answered, Called, Said, Transcript
from oxtui.store.values import ReasoningRecord

_FAILURE_SIGN: Final = "\u26a0"
# Old files give a call and the answer that it belongs to the same moment, give or take.
_SAME_MOMENT_NS: Final = 1_000_000
_NEVER: Final = 2**127
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Thought(msgspec.Struct, frozen=True, gc=False):
    """A piece of reasoning.

    Attributes:
        text: What was thought.
        source: Who says so, as the file names it.
    """

    text: str
    source: str | None = None


class Call(msgspec.Struct, frozen=True, gc=False):
    """A call of a tool.

    Attributes:
        number: Its place in the session's trajectory.
        step: What the file says of it.
    """

    number: int
    step: Called


class Outcome(Enum):
    """How a turn ended."""

    ANSWERED = "answered"
    FAILED = "failed"
    CANCELLED = "cancelled"
    OPEN = "open"


class Turn(msgspec.Struct, frozen=True, gc=False):
    """One exchange, or the calls and thoughts that belong to none.

    Attributes:
        index: Its place in the session, from 0.
        message: What the user said; None where the file has an answer only.
        entries: Thoughts and calls in the order in which they began.
        answer: What the agent answered; None while there is none.
        gap_ns: Nanoseconds until the next turn, at least 0; None for the last one.
        before: When the turn before this one was saved.
        stray: Whether this holds what belongs to no turn, and is no exchange at all.
        breaks: Ends of lines in the beginnings of message and answer, for guessing their heights.
    """

    index: int
    message: Said | None
    entries: tuple[Thought | Call, ...]
    answer: Answered | None
    gap_ns: int | None = None
    before: Timestamp | None = None
    stray: bool = False
    breaks: tuple[int, int] = (0, 0)

    @property
    def time(self) -> Timestamp | None:
        """When it was saved; None for stray calls."""
        if self.message is not None:
            return self.message.timestamp
        return None if self.answer is None else self.answer.timestamp

    @property
    def calls(self) -> tuple[Call, ...]:
        """Its calls, in the order in which they were started."""
        return tuple(entry for entry in self.entries if isinstance(entry, Call))

    @property
    def outcome(self) -> Outcome:
        """How it ended, from the text of its answer."""
        if self.answer is None:
            return Outcome.OPEN
        if not self.answer.content:
            return Outcome.CANCELLED
        if self.answer.content.startswith(_FAILURE_SIGN):
            return Outcome.FAILED
        return Outcome.ANSWERED


def turns(transcript: Transcript) -> tuple[Turn, ...]:
    """The turns of a session, in order; every call and thought of it is in exactly one.

    Where ranges overlap, the earlier turn keeps the call. Calls that no range holds go to turns
    without a range that lie between, by time if there are several; what is left over after that
    comes last, in a turn that is marked as stray.
    """
    messages, answers = transcript.user_messages, transcript.agent_responses
    count = max(len(messages), len(answers))
    numbers, stray_numbers = _place_steps(transcript, count)
    thoughts, stray_thoughts = _place_thoughts(transcript, count)
    steps = transcript.trajectory_steps
    made: list[Turn] = []
    before: Timestamp | None = None
    for index in range(count):
        message = messages[index] if index < len(messages) else None
        answer = answers[index] if index < len(answers) else None
        turn = Turn(
            index=index,
            message=message,
            entries=_in_order(
                [Call(n, steps[n]) for n in numbers[index]] if index in numbers else (),
                thoughts.get(index, ()),
            ),
            answer=answer,
            gap_ns=_gap_ns(messages, answers, index) if index + 1 < count else None,
            before=before,
            breaks=(_breaks(message), _breaks(answer)),
        )
        before = turn.time
        made.append(turn)
    if stray_numbers or stray_thoughts:
        if made:
            made[-1] = msgspec.structs.replace(made[-1], gap_ns=0)
        entries = _in_order([Call(n, steps[n]) for n in stray_numbers], stray_thoughts)
        made.append(Turn(count, None, entries, None, before=before, stray=True))
    return tuple(made)


def _breaks(record: Said | Answered | None) -> int:
    return record.content.count("\n", 0, PART_CHARS) if record is not None else 0


def _gap_ns(messages: Sequence[Said], answers: Sequence[Answered], index: int) -> int:
    after = index + 1
    ended = answers[index] if index < len(answers) else messages[index]
    begun = messages[after] if after < len(messages) else answers[after]
    return max(0, begun.timestamp.ns - ended.timestamp.ns)


class _ByTime:
    """Finds the first of some turns that was saved no earlier than a moment."""

    def __init__(self, transcript: Transcript, indices: Sequence[int]) -> None:
        answers = transcript.agent_responses
        self.indices = indices
        self._saved = [answers[i].timestamp.ns if i < len(answers) else _NEVER for i in indices]
        self._latest = list(accumulate(self._saved, max))

    def tells_apart(self, low: int, high: int) -> bool:
        """Whether the moments from `low` to `high` differ, so that they say anything."""
        return self._latest[low] < self._latest[high - 1]

    def find(self, ns: int, low: int = 0, high: int | None = None) -> int | None:
        """The turn for a moment; None if it is later than all of them."""
        end = len(self.indices) if high is None else high
        place = bisect_left(self._latest, ns, low, end)
        return self.indices[place] if place < end else None


def _place_steps(transcript: Transcript, count: int) -> tuple[dict[int, list[int]], list[int]]:
    steps = transcript.trajectory_steps
    total = len(steps)
    taken = bytearray(total)
    owner = [-1] * total
    numbers: dict[int, list[int]] = {}
    for index, answer in enumerate(transcript.agent_responses):
        span = answer.trajectory_range
        if span is None:
            continue
        for start, end in _runs(taken, 0, min(span.start, total), min(span.end, total)):
            taken[start:end] = b"\x01" * (end - start)
            owner[start:end] = [index] * (end - start)
            numbers.setdefault(index, []).extend(range(start, end))
    free = list(_runs(taken, 0, 0, total))
    if not free:
        return numbers, []
    open_turns = _turns_without_range(transcript, count)
    by_time = _ByTime(transcript, open_turns)
    stray: list[int] = []
    for start, end in free:
        low = bisect_left(open_turns, owner[start - 1] + 1 if start else 0)
        high = bisect_left(open_turns, owner[end] if end < total else count)
        for number in range(start, end):
            index = _turn_between(by_time, low, high, _ns(steps[number].timestamp))
            if index is None:
                stray.append(number)
            else:
                numbers.setdefault(index, []).append(number)
    return numbers, stray


def _ns(time: datetime) -> int:
    return (time - _EPOCH) // _MICROSECOND * 1_000


def _turn_between(by_time: _ByTime, low: int, high: int, ns: int) -> int | None:
    if low >= high:
        return None
    if high - low == 1:
        return by_time.indices[low]
    if not by_time.tells_apart(low, high):
        return None
    return by_time.find(ns - _SAME_MOMENT_NS, low, high)


def _runs(taken: bytearray, value: int, start: int, end: int) -> list[tuple[int, int]]:
    """The stretches of `taken` between `start` and `end` that are `value`."""
    runs: list[tuple[int, int]] = []
    while (begin := taken.find(value, start, end)) >= 0 and start < end:
        stop = taken.find(1 - value, begin, end)
        start = end if stop < 0 else stop
        runs.append((begin, start))
    return runs


def _turns_without_range(transcript: Transcript, count: int) -> list[int]:
    answers = transcript.agent_responses
    open_turns = [i for i, answer in enumerate(answers) if answer.trajectory_range is None]
    if len(answers) < count:
        open_turns.append(len(answers))
    return open_turns


_Placed = tuple[int, Thought]


def _place_thoughts(
    transcript: Transcript, count: int
) -> tuple[dict[int, list[_Placed]], list[_Placed]]:
    records = transcript.reasoning_records
    placed: dict[int, list[_Placed]] = {}
    stray: list[_Placed] = []
    if not records:
        return placed, stray
    answered = list(range(len(transcript.agent_responses)))
    by_time = _ByTime(transcript, [*answered, len(answered)] if len(answered) < count else answered)
    for record in records:
        index = by_time.find(_moment_ns(record))
        (stray if index is None else placed.setdefault(index, [])).extend(_thoughts(record))
    return placed, stray


def _moment_ns(record: ReasoningRecord) -> int:
    try:
        return Timestamp.parse(record.timestamp or "").ns
    except ValueError:
        return _NEVER


def _thoughts(record: ReasoningRecord) -> list[_Placed]:
    pieces = [
        (max(0, piece.before_step), Thought(piece.text, record.source))
        for piece in record.segments or ()
        if piece.text.strip()
    ]
    if pieces or not record.content.strip():
        return pieces
    return [(0, Thought(record.content, record.source))]


def _in_order(calls: Sequence[Call], thoughts: Sequence[_Placed]) -> tuple[Thought | Call, ...]:
    if not thoughts:
        return tuple(calls)
    entries: list[Thought | Call] = []
    done = 0
    for before, thought in sorted(thoughts, key=lambda placed: placed[0]):
        entries += calls[done:before]
        done = max(done, min(before, len(calls)))
        entries.append(thought)
    return (*entries, *calls[done:])


def changed_turns(old: Sequence[Turn], new: Sequence[Turn]) -> frozenset[int]:
    """Indices of the turns in `new` that `old` has not, or has otherwise.

    Long sessions are compared by what grows: texts by their length, calls by their number.
    """
    differing = (
        index
        for index, turn in enumerate(new)
        if index >= len(old) or _shape(old[index]) != _shape(turn)
    )
    return frozenset(differing)


def _shape(turn: Turn) -> tuple[object, ...]:
    said, answered = turn.message, turn.answer
    last = turn.entries[-1] if turn.entries else None
    return (
        said and (len(said.content), said.timestamp.ns),
        answered and (len(answered.content), answered.timestamp.ns),
        len(turn.entries),
        (last.number, last.step.duration_ms) if isinstance(last, Call) else last,
        turn.gap_ns,
        turn.stray,
    )


def without_gap(turn: Turn) -> Turn:
    """A turn as if nothing came after it."""
    return msgspec.structs.replace(turn, gap_ns=None)
