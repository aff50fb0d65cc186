"""What a system tells of folders, whichever way it has."""

from collections.abc import Callable, Iterable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

import msgspec


class Noticed(msgspec.Struct, frozen=True):
    """What happened in watched folders.

    Attributes:
        paths: What was written, made, replaced or removed there.
        displaced: Whether a folder may be another one now, and has to be watched anew.
        lost: Whether more happened than could be told.
    """

    paths: frozenset[Path] = frozenset()
    displaced: bool = False
    lost: bool = False


class Events(Protocol):
    """Folders that are watched."""

    async def wait(self, seconds: float) -> Noticed:
        """What happened until something did, and in the same moment; nothing after `seconds`."""
        ...


WatchFolders = Callable[
    [Iterable[Path], Callable[[Path], bool]], AbstractAsyncContextManager[Events]
]
"""Watches folders, as far as they exist, and tells of the paths in them that are wanted."""
