"""Durations, ages and sizes as people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxtui.units import age, duration, plural, size, span

SECOND = 10**9
MINUTE, HOUR, DAY = 60 * SECOND, 3_600 * SECOND, 86_400 * SECOND


@pytest.mark.parametrize(
    ("ns", "short", "long"),
    [
        (-5 * DAY, "+5d", "0 s"),
        (-MINUTE, "+1m", "0 s"),
        (1 - MINUTE, "now", "0 s"),
        (0, "now", "0 s"),
        (SECOND - 1, "now", "0 s"),
        (59 * SECOND, "now", "59 s"),
        (MINUTE, "1m", "1 min"),
        (HOUR - 1, "59m", "59 min"),
        (HOUR, "1h", "1 h"),
        (DAY - 1, "23h", "23 h"),
        (DAY, "1d", "1 d"),
        (7 * DAY - 1, "6d", "6 d"),
        (7 * DAY, "1w", "1 w"),
        (365 * DAY - 1, "52w", "52 w"),
        (365 * DAY, "1y", "1 y"),
        (5_000 * DAY, "13y", "13 y"),
    ],
)
def test_spans(ns: int, short: str, long: str) -> None:
    assert age(ns) == short
    assert span(ns) == long


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (0, "0 ms"),
        (41, "41 ms"),
        (999, "999 ms"),
        (1_000, "1.0 s"),
        (8_249, "8.2 s"),
        (59_949, "59.9 s"),
        (59_950, "1 m 00 s"),
        (60_000, "1 m 00 s"),
        (185_000, "3 m 05 s"),
        (3_599_499, "59 m 59 s"),
        (3_599_500, "1 h 00 m"),
        (7_800_000, "2 h 10 m"),
        (360_000_000, "100 h 00 m"),
        (2**64 - 1, "5124095576030 h 25 m"),
    ],
)
def test_durations(ms: int, text: str) -> None:
    assert duration(ms) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 KB"),
        (9_949, "9.9 KB"),
        (9_950, "10 KB"),
        (31_400, "31 KB"),
        (999_499, "999 KB"),
        (999_500, "1.0 MB"),
        (84_000_000, "84 MB"),
        (10**9, "1.0 GB"),
        (10**12, "1.0 TB"),
        (10**16, "10000 TB"),
    ],
)
def test_sizes(count: int, text: str) -> None:
    assert size(count) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 sessions"), (1, "1 session"), (2, "2 sessions"), (1_204, "1,204 sessions")],
)
def test_numbers_of_things(count: int, text: str) -> None:
    assert plural(count, "session") == text


@given(st.integers(0, 2**64))
def test_they_stay_narrow(number: int) -> None:
    assert len(age(min(number, 99 * 365 * DAY))) <= 3
    assert len(size(min(number, 999 * 10**12))) <= 6
    assert len(duration(min(number, 99 * HOUR // 10**6))) <= 9
