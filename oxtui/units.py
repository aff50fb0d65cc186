"""Durations, ages and sizes as people read them."""

from typing import Final

_SECOND_NS: Final = 1_000_000_000
_SPANS: Final = ((365 * 86_400, "y"), (7 * 86_400, "w"), (86_400, "d"), (3_600, "h"), (60, "m"))
_WORDS: Final = {"y": "y", "w": "w", "d": "d", "h": "h", "m": "min", "s": "s"}
_SIZES: Final = ("KB", "MB", "GB", "TB")


def age(ns: int) -> str:
    """A span of `ns` nanoseconds in the narrowest form: `now`, `2m`, `3h`, `1d`, `5w`, `2y`.

    What is still to come, as when a clock is wrong, has a sign: `+3d`.
    """
    number, unit = _largest(abs(ns))
    if unit == "s":
        return "now"
    return f"+{number}{unit}" if ns < 0 else f"{number}{unit}"


def span(ns: int) -> str:
    """A span of `ns` nanoseconds in its largest whole unit: `12 s`, `5 min`, `3 h`, `2 d`."""
    number, unit = _largest(ns)
    return f"{number} {_WORDS[unit]}"


def _largest(ns: int) -> tuple[int, str]:
    seconds = max(0, ns) // _SECOND_NS
    for length, unit in _SPANS:
        if seconds >= length:
            return seconds // length, unit
    return seconds, "s"


def duration(ms: int) -> str:
    """How long something took, from milliseconds: `41 ms`, `8.2 s`, `3 m 05 s`, `2 h 10 m`."""
    if ms < 1_000:
        return f"{ms} ms"
    if ms < 59_950:
        return f"{ms / 1_000:.1f} s"
    minutes, seconds = divmod(round(ms / 1_000), 60)
    if minutes < 60:
        return f"{minutes} m {seconds:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} m"


def size(count: int) -> str:
    """A number of bytes in decimal units: `512 B`, `31 KB`, `1.2 MB`, `84 MB`."""
    if count < 1_000:
        return f"{count} B"
    value = count / 1_000
    units = iter(_SIZES)
    unit = next(units)
    while value >= 999.5 and (larger := next(units, None)):
        value, unit = value / 1_000, larger
    return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"


def plural(count: int, noun: str) -> str:
    """`1 session`, `2 sessions`, `1,204 sessions`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
