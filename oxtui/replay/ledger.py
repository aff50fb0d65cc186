"""What the tools of a session took: how often each was called, and how long that lasted."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median_low

from oxtui.replay.calls import Mark, mark
from oxtui.replay.turns import Call, Turn


@dataclass(frozen=True, slots=True)
class ToolUse:
    """What one tool took.

    Attributes:
        name: The tool, as the file has it.
        calls: How often it was called.
        suspected: How many of the calls failed, or are suspected to have.
        total_ms: How long all of them took, in milliseconds.
        median_ms: How long the middle one took, the shorter one of two.
        longest_ms: How long the longest took.
    """

    name: str
    calls: int
    suspected: int
    total_ms: int
    median_ms: int
    longest_ms: int


def call_counts(turns: Iterable[Turn]) -> list[tuple[str, int]]:
    """The tools of a session and how often each was called, most often first, then by name."""
    counts = Counter(call.step.tool_name for call in _calls(turns))
    return sorted(counts.items(), key=lambda counted: (-counted[1], counted[0]))


def ledger(turns: Iterable[Turn]) -> tuple[ToolUse, ...]:
    """What each tool of a session took, the longest in total first; for a long one in a thread.

    Calls that belong to no turn count too.
    """
    by_tool: defaultdict[str, list[Call]] = defaultdict(list)
    for call in _calls(turns):
        by_tool[call.step.tool_name].append(call)
    uses = [_use(name, calls) for name, calls in by_tool.items()]
    return tuple(sorted(uses, key=lambda use: (-use.total_ms, -use.calls, use.name)))


def _calls(turns: Iterable[Turn]) -> Iterator[Call]:
    return (entry for turn in turns for entry in turn.entries if isinstance(entry, Call))


def _use(name: str, calls: Sequence[Call]) -> ToolUse:
    took_ms = [call.step.duration_ms for call in calls]
    return ToolUse(
        name,
        len(calls),
        sum(mark(call.step) is not Mark.OK for call in calls),
        sum(took_ms),
        median_low(took_ms),
        max(took_ms),
    )
