"""Noticing what other programs do to a store, and saying so when that can't be had.

Events come from watchfiles. Where the system has none to give (a network file system, its limit
reached, the folder gone), the store is scanned every few seconds instead. A slow rescan goes on in
either case, since events can be lost without a word; it comes at once when that is likely, after a
flood of events or when the program was stopped for a while.
"""

import asyncio
import errno
import os
import re
import stat
import time
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing
from pathlib import Path
from typing import Final

import msgspec
from watchfiles import (
    Change,
    awatch,  # pyright: ignore[reportUnknownVariableType] - one parameter has a type of trio's
)

from oxtui.store.layout import SESSIONS, is_session_name, session_id_of
from oxtui.store.projects.catalog import tells_of_projects
from oxtui.store.values import SessionId

_DEBOUNCE_MS: Final = 50
_STEP_MS: Final = 10
_RESCAN_S: Final = 30.0
_WAKE_MS: Final = 1_000
_STOPPED_S: Final = 2.0
_FLOOD: Final = 1_000
_FLOOD_OVER_S: Final = 0.5
_POLL_S: Final = 2.0
_RETRY_EVENTS_S: Final = 60.0
_ERROR_NUMBER: Final = re.compile(r"\(os error (\d+)\)")
_OCTAL: Final = re.compile(r"\\([0-7]{3})")
_MOUNTS: Final = Path("/proc/self/mounts")
_WITHOUT_EVENTS: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "9p", "afs", "ceph", "fuse.sshfs", "virtiofs", "vboxsf"}
)


class StoreChange(msgspec.Struct, frozen=True):
    """What may be different on disk.

    Attributes:
        sessions: Sessions whose files were written, made, replaced or removed.
        projects: Whether the projects may have changed.
        settings: Whether config.toml may have changed.
        rescan: Whether anything at all may have changed.
    """

    sessions: frozenset[SessionId] = frozenset()
    projects: bool = False
    settings: bool = False
    rescan: bool = False


_EVERYTHING: Final = StoreChange(projects=True, settings=True, rescan=True)


class Watching(msgspec.Struct, frozen=True):
    """How changes are noticed.

    Attributes:
        polling_s: Seconds between two scans; None when events come.
        why: Why there are no events; None where there are, or none were asked for.
    """

    polling_s: float | None = None
    why: str | None = None

    def __str__(self) -> str:
        if self.polling_s is None:
            return "inotify" if _MOUNTS.exists() else "events"
        text = f"polling every {self.polling_s:g} s"
        return f"{text}: {self.why}" if self.why else text


class StoreWatcher:
    """Watches one store.

    Attributes:
        watching: How, at the moment.
    """

    def __init__(
        self,
        base: Path,
        configs: Iterable[Path],
        poll_s: float | None = None,
        on_watching: Callable[[Watching], None] | None = None,
    ) -> None:
        """Prepares to watch.

        Args:
            base: The store.
            configs: The places where its config.toml may be, each of which need not exist.
            poll_s: Seconds between two scans, if there shall be no events.
            on_watching: Called with the way of watching, and again when it changes.
        """
        self._base = base.absolute()
        self._sessions = self._base / SESSIONS
        # Also the files behind links, which many people have in their configuration.
        self._configs = {
            path
            for config in configs
            for path in (config.absolute(), Path(os.path.realpath(config)))
        }
        self._poll_s = poll_s
        self._on_watching = on_watching
        self._begun = False
        self.watching: Watching = Watching(poll_s)

    async def changes(self) -> AsyncGenerator[StoreChange]:
        """Yields what may have changed, for ever; everything, whenever it begins to watch."""
        while True:
            why = await asyncio.to_thread(self._why_no_events)
            if self._poll_s is None and why is None:
                try:
                    async with aclosing(self._events()) as events:
                        async for change in events:
                            yield change
                    continue
                except (OSError, RuntimeError) as error:  # watchfiles makes one or the other of it
                    why = _reason(error)
            async with aclosing(self._polls(why)) as polls:
                async for change in polls:
                    yield change

    async def _events(self) -> AsyncGenerator[StoreChange]:
        """Yields until a watched folder is another one than it was."""
        folders = self._identities()
        batches = awatch(
            *(folder for folder, _ in folders),
            watch_filter=self._is_ours,
            debounce=_DEBOUNCE_MS,
            step=_STEP_MS,
            rust_timeout=_WAKE_MS,
            yield_on_timeout=True,
            recursive=False,
        )
        async with aclosing(batches):
            coming = asyncio.create_task(_next(batches))
            try:
                await asyncio.sleep(0)  # its first step is to watch, or to fail
                if coming.done():
                    await coming
                self._now(Watching())
                yield _EVERYTHING  # what came before that
                scan_at = time.monotonic() + _RESCAN_S
                lately = 0  # changes since nothing came for a while
                while True:
                    asleep = time.monotonic()
                    await asyncio.wait([coming], timeout=max(0.0, scan_at - asleep))
                    woken = time.monotonic()
                    batch = await coming if coming.done() else set[tuple[Change, str]]()
                    if coming.done():
                        coming = asyncio.create_task(_next(batches))
                    if batch:
                        yield self._translated(batch)
                    if self._identities() != folders or self._came_or_went(batch):
                        return
                    lately = lately + len(batch) if batch else 0
                    if lately > _FLOOD or woken - asleep > _STOPPED_S:
                        scan_at, lately = min(scan_at, woken + _FLOOD_OVER_S), 0
                    if woken > scan_at:
                        scan_at = time.monotonic() + _RESCAN_S
                        yield _EVERYTHING
            finally:
                coming.cancel()
                await asyncio.wait([coming])

    async def _polls(self, why: str | None) -> AsyncGenerator[StoreChange]:
        """Yields every few seconds, and returns when events may be worth another try."""
        seconds = self._poll_s or _POLL_S
        gone = not await self._is_there()
        again = time.monotonic() + _RETRY_EVENTS_S
        self._now(Watching(seconds, why))
        while True:
            yield _EVERYTHING
            await asyncio.sleep(seconds)
            back = gone and await self._is_there()
            if back or (self._poll_s is None and time.monotonic() > again):
                return

    def _now(self, watching: Watching) -> None:
        if self._begun and watching == self.watching:
            return
        self._begun, self.watching = True, watching
        if self._on_watching:
            self._on_watching(watching)

    def _folders(self) -> tuple[Path, ...]:
        wanted = (self._sessions, self._base, self._base / "projects")
        return tuple(dict.fromkeys((*wanted, *(config.parent for config in self._configs))))

    async def _is_there(self) -> bool:
        """Whether the store is there; a server that does not answer is waited for in a thread."""
        return await asyncio.to_thread(os.path.isdir, self._base)

    def _why_no_events(self) -> str | None:
        if not os.path.isdir(self._base):  # noqa: PTH112 - that of a path raises when access is lost
            return "the store is gone"
        return _file_system_without_events(self._base)

    def _identities(self) -> list[tuple[Path, int]]:
        return [(f, inode) for f in self._folders() if (inode := _inode(f)) is not None]

    def _came_or_went(self, batch: set[tuple[Change, str]]) -> bool:
        """Whether a folder did; one that took its place may have got the same inode."""
        return any(self._is_folder(change, Path(name)) for change, name in batch)

    def _is_folder(self, change: Change, path: Path) -> bool:
        return change != Change.modified and path in self._folders()

    def _is_ours(self, change: Change, name: str) -> bool:
        path = Path(name)
        if self._is_folder(change, path):
            return True
        if path.parent == self._sessions:
            return is_session_name(path.name)
        return tells_of_projects(self._base, path) or path in self._configs

    def _translated(self, batch: set[tuple[Change, str]]) -> StoreChange:
        paths = [Path(name) for _, name in batch]
        return StoreChange(
            sessions=frozenset(
                session_id_of(path.name) for path in paths if path.parent == self._sessions
            ),
            projects=any(tells_of_projects(self._base, path) for path in paths),
            settings=not self._configs.isdisjoint(paths),
        )


async def _next(batches: AsyncGenerator[set[tuple[Change, str]]]) -> set[tuple[Change, str]]:
    return await anext(batches)


def _inode(folder: Path) -> int | None:
    """The inode of a folder; None where there is none."""
    try:
        status = folder.stat()
    except OSError:
        return None
    return status.st_ino if stat.S_ISDIR(status.st_mode) else None


def _reason(error: OSError | RuntimeError) -> str:
    """Why there are no events, in a few words.

    watchfiles gives no `errno`, but a text for programmers, with the system's number in it or not.
    """
    said = str(error)
    if "MaxFilesWatch" in said:
        return "no inotify watches left"
    number = _ERROR_NUMBER.search(said)
    if number is None:
        return said.partition(" about [")[0]
    code = int(number[1])
    return "no inotify instances left" if code == errno.EMFILE else os.strerror(code)


def _file_system_without_events(folder: Path) -> str | None:
    """Says that a folder lies on a file system that reports no changes of other machines."""
    try:
        mounts = [line.split() for line in _MOUNTS.read_text(errors="replace").splitlines()]
    except OSError:
        return None
    real = Path(os.path.realpath(folder))
    kinds = {_unescaped(mount[1]): mount[2] for mount in mounts if len(mount) > 2}  # the upper one
    holding = [point for point in kinds if real.is_relative_to(point)]
    kind = kinds[max(holding, key=len)] if holding else ""
    return f"{kind} reports no changes" if kind in _WITHOUT_EVENTS else None


def _unescaped(point: str) -> str:
    """A mount point as it is called; spaces and the like are octal numbers in the table."""
    return _OCTAL.sub(lambda found: chr(int(found[1], 8)), point)
