"""Instants to the nanosecond, and the text that they were written as."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxtui.store.timestamps import Timestamp, local_time

NS = 10**9
BASE = 1_787_409_292 * NS  # 2026-08-22T14:34:52Z


@pytest.mark.parametrize(
    ("text", "ns"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.000000001Z", 1),
        ("1969-12-31T23:59:59.999999999Z", -1),
        ("2026-08-22T14:34:52Z", BASE),
        ("2026-08-22T14:34:52.1Z", BASE + 100_000_000),
        ("2026-08-22T14:34:52.123456789Z", BASE + 123_456_789),
        ("2026-08-22T14:34:52.1234567899Z", BASE + 123_456_789),
        ("2026-08-22T23:34:52+09:00", BASE),
        ("2026-08-22T04:04:52-10:30", BASE),
        ("2026-08-22T14:34:52-00:00", BASE),
        ("2026-08-22t14:34:52z", BASE),
        ("2026-08-22 14:34:52+00:00", BASE),
        ("2024-02-29T00:00:00Z", 1_709_164_800 * NS),
        ("0001-01-01T00:00:00Z", -62_135_596_800 * NS),
        ("9999-12-31T23:59:59.999999999Z", 253_402_300_800 * NS - 1),
    ],
)
def test_reads_an_instant_and_keeps_its_text(text: str, ns: int) -> None:
    stamp = Timestamp.parse(text)
    assert stamp.ns == ns
    assert str(stamp) == stamp.text == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-08-22",
        "14:34:52Z",
        "2026-08-22T14:34:52",
        "2026-08-22T14:34Z",
        "2026-08-22T14:34:52.Z",
        "2026-08-22T24:00:00Z",
        "2026-08-22T14:60:00Z",
        "2026-08-22T14:34:60Z",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-00-10T00:00:00Z",
        "0000-01-01T00:00:00Z",
        "12026-08-22T14:34:52Z",
        "-2026-08-22T14:34:52Z",
        "2026-08-22T14:34:52+24:00",
        "2026-08-22T14:34:52+09:60",
        "2026-08-22T14:34:52+09",
        " 2026-08-22T14:34:52Z",
        "2026-08-22T14:34:52Z\n",
        "2026-08-22T14:34:52ZZ",
        "٢٠٢٦-٠٨-٢٢T14:34:52Z",
        "2026-08-22T14:34:52,5Z",
    ],
)
def test_refuses_what_is_no_instant(text: str) -> None:
    with pytest.raises(ValueError, match=r"timestamp|no such|year|month|day"):
        Timestamp.parse(text)


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (BASE, "2026-08-22T14:34:52Z"),
        (BASE + 1, "2026-08-22T14:34:52.000000001Z"),
        (BASE + 1_000, "2026-08-22T14:34:52.000001Z"),
        (BASE + 1_000_000, "2026-08-22T14:34:52.001Z"),
        (BASE + 120_000_000, "2026-08-22T14:34:52.120Z"),
        (BASE + 123_456_000, "2026-08-22T14:34:52.123456Z"),
        (BASE + 123_456_700, "2026-08-22T14:34:52.123456700Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (-62_135_596_800 * NS, "0001-01-01T00:00:00Z"),
    ],
)
def test_writes_as_chrono_does(ns: int, text: str) -> None:
    assert Timestamp.from_ns(ns).text == text


INSTANTS = st.integers(-62_135_596_800 * NS, 253_402_300_800 * NS - 1)


@given(INSTANTS)
def test_what_is_written_is_read_as_the_same_instant(ns: int) -> None:
    stamp = Timestamp.from_ns(ns)
    assert Timestamp.parse(stamp.text).ns == stamp.ns == ns
    assert len(stamp.text) in {20, 24, 27, 30}


@given(INSTANTS, INSTANTS)
def test_they_are_in_the_order_of_their_instants(one: int, other: int) -> None:
    assert (Timestamp.from_ns(one) < Timestamp.from_ns(other)) == (one < other)


def test_they_are_equal_when_their_instants_are_however_written() -> None:
    utc = Timestamp.parse("2026-08-22T14:34:52Z")
    seoul = Timestamp.parse("2026-08-22T23:34:52.000+09:00")
    assert utc == seoul
    assert hash(utc) == hash(seoul)
    assert utc.text != seoul.text
    assert utc < Timestamp.parse("2026-08-22T14:34:52.000000001Z")
    assert min(seoul, Timestamp.from_ns(BASE - 1)).ns == BASE - 1


@given(st.datetimes(timezones=st.just(UTC)), st.integers(0, 999))
def test_as_a_datetime_it_is_rounded_down(moment: datetime, more_ns: int) -> None:
    us = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert Timestamp.from_ns(us * 1_000 + more_ns).to_datetime() == moment


def test_now_goes_on() -> None:
    first = Timestamp.now()
    assert abs(first.to_datetime() - datetime.now(UTC)) < timedelta(minutes=1)
    assert Timestamp.now() >= first
    assert Timestamp.parse(first.text) == first


def test_a_moment_on_the_users_clock() -> None:
    local = datetime(2026, 8, 22, 14, 34, 52).astimezone()
    assert local_time(Timestamp.parse(local.isoformat())) == "2026-08-22 14:34"


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_a_moment_that_is_on_no_clock_is_as_it_was_written(text: str) -> None:
    assert local_time(Timestamp.parse(text)) == text
