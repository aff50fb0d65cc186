"""Names of temp files, from which a later start can tell what they hold and whose they are.

A temp file is called `<name>.<pid>.<uuid>.tmp`, as Oxios calls its own, so both programs ignore it.
Oxios' UUID is random. Ours is made of two hashes: that of what is to be replaced, and that of what
replaces it; where nothing is, it says so. If a crash comes between the swap and the look at
what it brought out, they tell whether the temp file holds something that is nowhere else.
"""

import hashlib
import os
import re
from pathlib import Path
from typing import Final, NamedTuple, Self
from uuid import uuid4

_DIGITS: Final = 15
_NOTHING: Final = "0" * _DIGITS
_TEMP: Final = re.compile(
    r"(?P<file>.+)\.(?P<pid>[0-9]{1,10})\.(?P<uuid>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\.tmp",
    re.DOTALL,
)
_SAVED: Final = re.compile(r"(?P<file>.+)\.[0-9a-f-]{36}\.saved", re.DOTALL)
_OURS: Final = re.compile(
    r"(.{8})-(.{4})-8(.{3})-8(.{3})-(.{12})"
)  # version 8: of one's own making


class Swap(NamedTuple):
    """What a write is about: hashes of what a file holds and of what it is to hold."""

    expected: str
    new: str

    @classmethod
    def of(cls, expected: bytes, new: bytes | None) -> Self:
        """The swap of one content for another one, or for none."""
        return cls(digest(expected), _NOTHING if new is None else digest(new))

    @classmethod
    def blind(cls) -> Self:
        """A write that is moved into place and brings nothing out."""
        return cls(_NOTHING, uuid4().hex[:_DIGITS])

    @classmethod
    def between(cls, expected_sha256: str, new_sha256: str) -> Self:
        """The swap of one content for another one, of which the whole hashes are known."""
        return cls(expected_sha256[:_DIGITS], new_sha256[:_DIGITS])

    @property
    def is_blind(self) -> bool:
        """Whether it brings nothing out, so that its temp file never is anybody else's."""
        return self.expected == _NOTHING

    @property
    def removes(self) -> bool:
        """Whether nothing is to take the place of what is there."""
        return self.new == _NOTHING


class TempName(NamedTuple):
    """What the name of a temp file says.

    Attributes:
        file: The name of the file that it is for.
        pid: The process that made it.
        swap: What it was to be swapped for; None for one of Oxios.
    """

    file: str
    pid: int
    swap: Swap | None


def digest(content: bytes) -> str:
    """The hash of a content as names of temp files hold it: 60 bits in hexadecimal."""
    return hashlib.sha256(content).hexdigest()[:_DIGITS]


def temp_path(path: Path, swap: Swap) -> Path:
    """A name for a temp file beside `path`."""
    return path.with_name(f"{path.name}.{os.getpid()}.{_uuid(swap)}.tmp")


def saved_path(path: Path) -> Path:
    """A name under which to keep what another program wrote to `path`, and nobody else knows."""
    return path.with_name(f"{path.name}.{uuid4()}.saved")


def parse_temp(name: str) -> TempName | None:
    """What a name says, if it is that of a temp file of oxtui or Oxios."""
    found = _TEMP.fullmatch(name)
    if found is None:
        return None
    ours = _OURS.fullmatch(found["uuid"])
    swap = Swap(f"{ours[1]}{ours[2]}{ours[3]}", f"{ours[4]}{ours[5]}") if ours else None
    return TempName(found["file"], int(found["pid"]), swap)


def saved_of(name: str) -> str | None:
    """The name of the file that a saved one belongs to; None if it is no name of a saved one."""
    found = _SAVED.fullmatch(name)
    return found["file"] if found else None


def _uuid(swap: Swap) -> str:
    old, new = swap
    return f"{old[:8]}-{old[8:12]}-8{old[12:]}-8{new[:3]}-{new[3:]}"
