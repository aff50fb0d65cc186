"""How two states of a file differ: in one stretch of bytes; and what is known of each of the two.

The journal keeps this and no more, since a change is small and files are large, and there may be
keys and tokens in the rest of them.
"""

import hashlib
from typing import Final, NamedTuple, Self

import msgspec

_CHUNK: Final = 1 << 16


class FileMark(msgspec.Struct, frozen=True):
    """What a file was like at one moment: enough to know it again, and to make it so again."""

    sha256: str
    mtime_ns: int

    @classmethod
    def of(cls, content: bytes, mtime_ns: int) -> Self:
        """The mark of a file with this content and time of modification."""
        return cls(sha256(content), mtime_ns)


class Stretch(NamedTuple):
    """The bytes of a file that became others.

    Attributes:
        start: Where they begin.
        removed: The bytes that were there.
        inserted: The bytes that are there since.
    """

    start: int
    removed: bytes
    inserted: bytes

    @classmethod
    def between(cls, old: bytes, new: bytes) -> Self:
        """The shortest one that makes `new` of `old`."""
        start = _common_start(old, new)
        ending = _common_start(old[: start - len(old) - 1 : -1], new[: start - len(new) - 1 : -1])
        return cls(start, old[start : len(old) - ending], new[start : len(new) - ending])

    def taken_back(self, content: bytes) -> bytes:
        """What a file held before, from what it holds since."""
        end = self.start + len(self.inserted)
        return content[: self.start] + self.removed + content[end:]


def sha256(content: bytes) -> str:
    """The SHA-256 of `content`, in hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def _common_start(one: bytes, other: bytes) -> int:
    """How many bytes at their start two texts have in common."""
    low, high = 0, min(len(one), len(other))
    while high - low > _CHUNK and one[low : low + _CHUNK] == other[low : low + _CHUNK]:
        low += _CHUNK
    high = min(high, low + _CHUNK)
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
