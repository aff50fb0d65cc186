"""What was measured, beside what was promised."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Self

GROSS: Final = 3
"""How many times a promise is what counts as a gross slip."""


class Unit(StrEnum):
    """What a number counts."""

    SECONDS = "s"
    BYTES = "B"
    MEGABYTES = "MB"

    def said(self, value: float) -> str:
        """A value with its unit."""
        if self is Unit.SECONDS:
            return f"{value * 1000:,.1f} ms" if value < 1 else f"{value:,.2f} s"
        return f"{value:,.0f} {self}"


@dataclass(frozen=True, slots=True)
class Samples:
    """The same thing, measured several times."""

    values: tuple[float, ...]

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        """Takes what was measured."""
        return cls(tuple(values))

    @property
    def median(self) -> float:
        """The middle."""
        return statistics.median(self.values)

    @property
    def p99(self) -> float:
        """What 99 of 100 are not above."""
        ordered = sorted(self.values)
        return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]

    def spread(self, unit: Unit) -> str:
        """The least and the most."""
        return f"{unit.said(min(self.values))} to {unit.said(max(self.values))}"


@dataclass(frozen=True, slots=True)
class Measured:
    """A promise and how it went.

    Attributes:
        promise: What was promised to be quick or small.
        limit: At most how much: times the baseline, or in the unit where there is none.
        value: What was measured.
        unit: Of the value and the baseline.
        baseline: What ran beside it; None for a promise that stands by itself.
        remark: Spread and circumstances.
        fulfilled: Whether what else was promised of it is so, as equal results.
    """

    promise: str
    limit: float
    value: float
    unit: Unit
    baseline: float | None = None
    remark: str = ""
    fulfilled: bool = True

    @property
    def reached(self) -> float:
        """What is to be compared with the limit."""
        return self.value if self.baseline is None else self.value / self.baseline

    @property
    def held(self) -> bool:
        """Whether the promise was kept."""
        return self.fulfilled and self.reached <= self.limit

    @property
    def slipped(self) -> bool:
        """Whether it was missed by so much that no machine's mood explains it."""
        return not self.fulfilled or self.reached > GROSS * self.limit

    def cells(self) -> Sequence[str]:
        """Its row of the table."""
        alone = self.baseline is None
        return (
            self.promise,
            self.unit.said(self.limit) if alone else f"{self.limit:g} times",
            self.unit.said(self.value),
            "" if self.baseline is None else self.unit.said(self.baseline),
            "" if alone else f"{self.reached:.2f}",
            "held" if self.held else "NOT HELD",
            self.remark,
        )


@dataclass(frozen=True, slots=True)
class Skipped:
    """A promise that can't be measured here, and why."""

    promise: str
    why: str

    def cells(self) -> Sequence[str]:
        """Its row of the table."""
        return (self.promise, "", "", "", "", "skipped", self.why)


@dataclass(frozen=True, slots=True)
class Failed:
    """A bench that came to no number, since what it waited for never came."""

    bench: str
    why: str

    def cells(self) -> Sequence[str]:
        """Its row of the table."""
        return (self.bench, "", "", "", "", "NOT HELD", self.why)


Result = Measured | Skipped | Failed

_HEAD: Final = ("promise", "at most", "measured", "baseline", "ratio", "", "remark")


def compared(
    promise: str, limit: float, measured: Samples, baseline: Samples, remark: str = ""
) -> Measured:
    """A promise about the median of a time, in multiples of a baseline's."""
    spread = f"{measured.spread(Unit.SECONDS)}; baseline {baseline.spread(Unit.SECONDS)}"
    return Measured(
        promise,
        limit,
        measured.median,
        Unit.SECONDS,
        baseline.median,
        "; ".join(filter(None, (spread, remark))),
    )


def table(results: Sequence[Result]) -> str:
    """All results, as a table in Markdown whose columns also stand in line."""
    rows = [_HEAD, *(result.cells() for result in results)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, ["-" * width for width in widths])
    return "\n".join("| " + " | ".join(map(str.ljust, row, widths)).rstrip() + " |" for row in rows)
