"""How long calls took, beside each other: one scale for all calls of a turn."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from oxtui.replay.turns import Call, Turn

BAR_CELLS: Final = 8
_EIGHTHS: Final = 8 * BAR_CELLS


@dataclass(frozen=True, slots=True)
class Scale:
    """The scale of a turn.

    Attributes:
        full_ms: What a full bar stands for, in milliseconds; 0 if nothing took any time.
        tool_cells: Cells of the longest name of a tool.
        started_ms: For a waterfall, what had been spent before each call.
    """

    full_ms: int
    tool_cells: int
    started_ms: Mapping[int, int] | None = None

    def bar(self, call: Call, eighths: str) -> tuple[int, str]:
        """The bar of a call, and how many cells are free before it."""
        if not call.step.duration_ms or not self.full_ms:
            return 0, ""
        before = 0
        if self.started_ms is not None:
            before = self.started_ms[call.number] * BAR_CELLS // self.full_ms
            before = min(before, BAR_CELLS - 1)
        length = max(1, round(call.step.duration_ms * _EIGHTHS / self.full_ms))
        whole, rest = divmod(min(length, _EIGHTHS - 8 * before), 8)
        return before, eighths[-1] * whole + (eighths[rest - 1] if rest else "")


def scale_of(turn: Turn, *, waterfall: bool = False) -> Scale:
    """The scale for a turn's calls: a round number that the longest of them fits in.

    In a waterfall it is what all of them took, since when each began is not recorded.
    """
    calls = turn.calls
    tool_cells = max((len(call.step.tool_name) for call in calls), default=0)
    if not waterfall:
        longest = max((call.step.duration_ms for call in calls), default=0)
        return Scale(_round_up(longest), tool_cells)
    started_ms: dict[int, int] = {}
    spent = 0
    for call in calls:
        started_ms[call.number] = spent
        spent += call.step.duration_ms
    return Scale(spent, tool_cells, started_ms)


def _round_up(ms: int) -> int:
    """The next of 1, 2, 5, 10, 20, 50 … ms, above a minute of whole minutes alike."""
    if ms <= 0:
        return 0
    unit = 60_000 if ms > 50_000 else 1
    power = unit
    while True:
        for step in (1, 2, 5):
            if ms <= step * power:
                return step * power
        power *= 10
