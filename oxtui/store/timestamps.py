"""Points in time as Oxios writes them: RFC 3339 text with up to nine digits."""

import re
import time
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final, Self

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

_RFC3339: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):?(\d\d))",
    re.ASCII,
)
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True, order=True)
class Timestamp:
    """An instant to the nanosecond, together with the text it was written as.

    A `datetime` holds microseconds, so it can neither order what Oxios writes nor give it back.
    Two timestamps are equal when their instants are, however they are written.

    Attributes:
        ns: Nanoseconds since 1970-01-01T00:00:00Z.
        text: The text it was read from, unchanged.
    """

    ns: int
    text: str = field(compare=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Reads an RFC 3339 timestamp; digits beyond the ninth are dropped.

        Raises:
            ValueError: It is not a timestamp with an offset, or no such day or time exists.
        """
        match = _RFC3339.fullmatch(text)
        if match is None:
            raise ValueError("not an RFC 3339 timestamp")
        (year, month, day, hour, minute, second, fraction, sign, off_hour, off_minute) = (
            match.groups()
        )
        h, m, s = int(hour), int(minute), int(second)
        if h > 23 or m > 59 or s > 59:
            raise ValueError("no such time of day")
        days = date(int(year), int(month), int(day)).toordinal() - _EPOCH_DAY
        seconds = days * 86_400 + h * 3_600 + m * 60 + s
        if sign:
            oh, om = int(off_hour), int(off_minute)
            if oh > 23 or om > 59:
                raise ValueError("no such offset from UTC")
            offset = oh * 3_600 + om * 60
            seconds += offset if sign == "-" else -offset
        return cls(seconds * _NS + (int(fraction[:9].ljust(9, "0")) if fraction else 0), text)

    @classmethod
    def from_ns(cls, ns: int) -> Self:
        """The instant `ns` nanoseconds after the epoch, written as chrono writes it.

        That is in UTC with `Z`, and 0, 3, 6 or 9 digits of a second, as few as hold it.
        """
        seconds, rest = divmod(ns, _NS)
        text = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).isoformat()
        text = text.removesuffix("+00:00")
        if rest == 0:
            return cls(ns, f"{text}Z")
        digits = f"{rest:09d}"
        while digits.endswith("000"):
            digits = digits[:-3]
        return cls(ns, f"{text}.{digits}Z")

    @classmethod
    def now(cls) -> Self:
        """The present instant."""
        return cls.from_ns(time.time_ns())

    def to_datetime(self) -> datetime:
        """The instant in UTC, rounded down to the microsecond."""
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=self.ns // 1_000)

    def __str__(self) -> str:
        return self.text

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: object, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        parse = core_schema.no_info_after_validator_function(
            cls.parse, core_schema.str_schema(strict=True)
        )
        return core_schema.json_or_python_schema(
            json_schema=parse,
            python_schema=core_schema.union_schema([core_schema.is_instance_schema(cls), parse]),
            serialization=core_schema.plain_serializer_function_ser_schema(lambda t: t.text),
        )
