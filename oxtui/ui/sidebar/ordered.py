"""A sorted list that stays quick to change and to index when it is long."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterator
from itertools import accumulate, chain
from typing import Final, cast

from oxtui.store.values import SessionId

Path = tuple[int | str, ...]
"""Where a session stands: sort key and id of each of its ancestors, then its own.

A parent's path is the beginning of its children's, so that sorting paths sorts the tree.
"""

_CHUNK: Final = 512


def session_of(path: Path) -> SessionId:
    """The session that a path leads to."""
    return cast("SessionId", path[-1])


class OrderedPaths:
    """Distinct paths in ascending order, kept in chunks of some hundred.

    One chunk moves when a path comes or goes, not the whole list; which path is the i-th is
    answered by the chunks' running totals.
    """

    def __init__(self, ascending: list[Path]) -> None:
        """Takes paths that are sorted already."""
        self._chunks = [
            ascending[start : start + _CHUNK] for start in range(0, len(ascending), _CHUNK)
        ]
        self._last = [chunk[-1] for chunk in self._chunks]
        self._starts: list[int] | None = None
        self._length = len(ascending)

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Path]:
        return chain.from_iterable(self._chunks)

    def __getitem__(self, index: int) -> Path:
        if not 0 <= index < self._length:
            raise IndexError(index)
        starts = self._running_totals()
        chunk = bisect_right(starts, index) - 1
        return self._chunks[chunk][index - starts[chunk]]

    def position(self, path: Path) -> int:
        """How many paths come before `path`, whether or not it is in the list."""
        chunk = bisect_left(self._last, path)
        if chunk == len(self._chunks):
            return self._length
        return self._running_totals()[chunk] + bisect_left(self._chunks[chunk], path)

    def add(self, path: Path) -> None:
        """Puts `path` where it belongs; it must not be in the list."""
        self._starts = None
        self._length += 1
        if not self._chunks:
            self._chunks.append([path])
            self._last.append(path)
            return
        at = min(bisect_left(self._last, path), len(self._chunks) - 1)
        chunk = self._chunks[at]
        insort(chunk, path)
        if len(chunk) > 2 * _CHUNK:
            self._chunks[at : at + 1] = [chunk[:_CHUNK], chunk[_CHUNK:]]
            self._last[at : at + 1] = [chunk[_CHUNK - 1], chunk[-1]]
        else:
            self._last[at] = chunk[-1]

    def remove(self, path: Path) -> None:
        """Takes `path` out.

        Raises:
            ValueError: It is not in the list.
        """
        at = bisect_left(self._last, path)
        chunk = self._chunks[at] if at < len(self._chunks) else []
        index = bisect_left(chunk, path)
        if index == len(chunk) or chunk[index] != path:
            raise ValueError(path)
        self._starts = None
        self._length -= 1
        del chunk[index]
        if chunk:
            self._last[at] = chunk[-1]
        else:
            del self._chunks[at], self._last[at]

    def _running_totals(self) -> list[int]:
        if self._starts is None:
            self._starts = list(accumulate(map(len, self._chunks), initial=0))[:-1]
        return self._starts
