"""Points in time as Oxios writes them: RFC 3339 text with up to nine digits."""

import re
import time
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final, Self

import msgspec

from oxtui.sanitize import sanitize

if TYPE_CHECKING:
    from pydantic_core import CoreSchema

_RFC3339: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):?(\d\d))",
    re.ASCII,
)
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_NS: Final = 1_000_000_000
_CHRONO_LENGTHS: Final = (20, 24, 27, 30)


class Timestamp(msgspec.Struct, frozen=True, eq=False, gc=False):
    """An instant to the nanosecond, together with the text it was written as.

    A `datetime` holds microseconds, so it can neither order what Oxios writes nor give it back.
    Two timestamps are equal when their instants are, however they are written.

    Attributes:
        ns: Nanoseconds since 1970-01-01T00:00:00Z.
        written: The text it was read from, unchanged; None for one that chrono would write.
    """

    ns: int
    written: str | None = None

    @property
    def text(self) -> str:
        """The text that it was read from, or is written as."""
        return _written(self.ns) if self.written is None else self.written

    @property
    def is_canonical(self) -> bool:
        """Whether its text is the one that chrono would write, and so follows from `ns`."""
        text = self.written
        return text is None or (
            len(text) in _CHRONO_LENGTHS
            and text[-1] == "Z"
            and text[10] == "T"
            and (len(text) == 20 or text[-4:-1] != "000")
        )

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
        return cls(ns, _written(ns))

    @classmethod
    def now(cls) -> Self:
        """The present instant."""
        return cls.from_ns(time.time_ns())

    def to_datetime(self) -> datetime:
        """The instant in UTC, rounded down to the microsecond."""
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=self.ns // 1_000)

    def __str__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return self.ns == other.ns if isinstance(other, Timestamp) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.ns)

    def __lt__(self, other: "Timestamp") -> bool:
        return self.ns < other.ns

    def __le__(self, other: "Timestamp") -> bool:
        return self.ns <= other.ns

    def __gt__(self, other: "Timestamp") -> bool:
        return self.ns > other.ns

    def __ge__(self, other: "Timestamp") -> bool:
        return self.ns >= other.ns

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: object) -> "CoreSchema":
        from pydantic_core import core_schema  # who only lists needs no pydantic

        parse = core_schema.no_info_after_validator_function(
            cls.parse, core_schema.str_schema(strict=True)
        )
        return core_schema.json_or_python_schema(
            json_schema=parse,
            python_schema=core_schema.union_schema([core_schema.is_instance_schema(cls), parse]),
            serialization=core_schema.plain_serializer_function_ser_schema(lambda t: t.text),
        )


def local_time(time: Timestamp) -> str:
    """A moment on the user's clock, to the minute; as it was written where no clock goes."""
    try:
        moment = datetime.fromtimestamp(time.ns // _NS).astimezone()
        return moment.strftime("%Y-%m-%d %H:%M")
    except (OverflowError, OSError, ValueError):  # at the edges of the calendar
        return sanitize(time.text)


def _written(ns: int) -> str:
    seconds, rest = divmod(ns, _NS)
    text = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).isoformat()
    text = text.removesuffix("+00:00")
    if rest == 0:
        return f"{text}Z"
    digits = f"{rest:09d}"
    while digits.endswith("000"):
        digits = digits[:-3]
    return f"{text}.{digits}Z"
