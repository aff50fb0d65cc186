"""What happens in folders, as Linux tells it: nothing runs until it does (`inotify(7)`).

The system also says what it could not tell, so that what is known here is known to be all.
"""

import asyncio
import ctypes
import errno
import os
import select
import struct
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import ExitStack, asynccontextmanager, suppress
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Final

from oxtui.store.events import Noticed

_MODIFY: Final = 0x2
_ATTRIB: Final = 0x4
_CLOSE_WRITE: Final = 0x8
_MOVED_FROM: Final = 0x40
_MOVED_TO: Final = 0x80
_CREATE: Final = 0x100
_DELETE: Final = 0x200
_DELETE_SELF: Final = 0x400
_MOVE_SELF: Final = 0x800
_UNMOUNT: Final = 0x2000
_OVERFLOW: Final = 0x4000
_IGNORED: Final = 0x8000
_ONLYDIR: Final = 0x0100_0000
_DONT_FOLLOW: Final = 0x0200_0000
_MASK_ADD: Final = 0x2000_0000  # two paths may lead to the same folder

_WITHIN: Final = (
    _MODIFY | _ATTRIB | _CLOSE_WRITE | _MOVED_FROM | _MOVED_TO | _CREATE | _DELETE | _ONLYDIR
)
_ITSELF: Final = _DELETE_SELF | _MOVE_SELF
_DISPLACED: Final = _ITSELF | _UNMOUNT | _IGNORED

_EVENT: Final = struct.Struct("iIII")
_READ_BYTES: Final = 1 << 16
_COALESCE_S: Final = 0.01
_MOUNTS: Final = "/proc/self/mountinfo"


class Inotify:
    """Watches folders, and the way to them."""

    def __init__(self, folders: Iterable[Path], wanted: Callable[[Path], bool]) -> None:
        """Begins to watch.

        Args:
            folders: The folders, each of which need not exist.
            wanted: Whether a path in one of them is to be told of.

        Raises:
            OSError: The system refuses: `EMFILE` when there are no instances left, `ENOSPC` when
                there are no watches left.
        """
        self._folders = frozenset(folders)
        self._wanted = wanted
        self._watched: dict[int, set[Path]] = {}
        self._paths: set[Path] = set()
        self._displaced = self._lost = False
        self._woken = asyncio.Event()
        loop = asyncio.get_running_loop()
        with ExitStack() as stack:
            self._descriptor = _libc("inotify_init1", os.O_NONBLOCK | os.O_CLOEXEC)
            stack.callback(os.close, self._descriptor)
            for folder in self._folders:
                self._watch(folder)
            self._watch_ways()
            loop.add_reader(self._descriptor, self._read)
            stack.callback(loop.remove_reader, self._descriptor)
            if (mounts := _mounts(stack)) is not None:
                loop.add_reader(mounts.fileno(), self._take_mounts, mounts)
                stack.callback(loop.remove_reader, mounts.fileno())
            self._ending = stack.pop_all()

    def close(self) -> None:
        """Ends it."""
        self._ending.close()

    async def wait(self, seconds: float) -> Noticed:
        """What happened until something did, and in the same moment; nothing after `seconds`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, seconds)):
                await self._woken.wait()
            await asyncio.sleep(_COALESCE_S)
        noticed = Noticed(frozenset(self._paths), self._displaced, self._lost)
        self._paths.clear()
        self._displaced = self._lost = False
        self._woken.clear()
        return noticed

    def _watch(self, folder: Path) -> None:
        """Watches a folder; the one around it, as long as it is not there."""
        for place in (folder, folder.parent):
            with suppress(FileNotFoundError, NotADirectoryError):
                watch = self._add(place, _WITHIN | _ITSELF)
                self._watched.setdefault(watch, set()).add(place)
                return

    def _watch_ways(self) -> None:
        """Watches what leads to the folders; who moves that, moves them without another word."""
        real = (Path(os.path.realpath(folder)) for folder in self._folders)
        for folder in {*self._folders, *real}:
            for place in chain([folder], folder.parents):
                with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
                    self._add(place, _ITSELF | _DONT_FOLLOW)

    def _add(self, path: Path, mask: int) -> int:
        return _libc("inotify_add_watch", self._descriptor, os.fsencode(path), mask | _MASK_ADD)

    def _read(self) -> None:
        with suppress(BlockingIOError):
            for watch, mask, name in set(_events(os.read(self._descriptor, _READ_BYTES))):
                self._take(watch, mask, name)

    def _take(self, watch: int, mask: int, name: bytes) -> None:
        self._displaced |= bool(mask & _DISPLACED)
        # What changed of a folder itself may be who may look into it.
        self._lost |= bool(mask & _OVERFLOW) or (not name and bool(mask & _ATTRIB))
        for folder in self._watched.get(watch, ()) if name else ():
            path = folder / os.fsdecode(name)
            if path in self._folders:
                self._displaced = True
            elif self._wanted(path):
                self._paths.add(path)
        if self._paths or self._displaced or self._lost:
            self._woken.set()

    def _take_mounts(self, mounts: select.epoll) -> None:
        mounts.poll(0)
        self._woken.set()  # who waits looks where the folders are by now


@asynccontextmanager
async def inotify_events(
    folders: Iterable[Path], wanted: Callable[[Path], bool]
) -> AsyncGenerator[Inotify]:
    """Watches folders; see `Inotify`."""
    events = Inotify(folders, wanted)
    try:
        yield events
    finally:
        events.close()


def _events(data: bytes) -> Iterable[tuple[int, int, bytes]]:
    at = 0
    while at < len(data):
        watch, mask, _, length = _EVENT.unpack_from(data, at)
        at += _EVENT.size + length
        yield watch, mask, data[at - length : at].rstrip(b"\0")


def _mounts(stack: ExitStack) -> select.epoll | None:
    """What can be read when something was mounted or unmounted; None where that is not told."""
    try:
        table = stack.enter_context(open(_MOUNTS, "rb"))  # noqa: PTH123, SIM115 - the stack closes it
    except OSError:
        return None
    # The table can be read at any time; that it changed is an exceptional condition.
    mounts = stack.enter_context(select.epoll())
    mounts.register(table, select.EPOLLPRI)
    mounts.poll(0)
    return mounts


def _libc(name: str, *arguments: int | bytes) -> int:
    """Calls a function of the system's library.

    Raises:
        OSError: It failed, or there is none of this name.
    """
    function = getattr(_library(), name, None)
    result: int = function(*arguments) if function else -1
    if result < 0:
        code = ctypes.get_errno() if function else errno.ENOSYS
        raise OSError(code, os.strerror(code))
    return result


@cache
def _library() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
