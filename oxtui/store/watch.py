"""Noticing what other programs do to a store, and saying so when that can't be had.

The system tells of changes. Where it does not, or not of all (a network file system, its limit
reached, the folder gone), the store is scanned every few seconds instead. A slow rescan goes on in
either case, since a change can be missed without a word; it comes at once when that is known.
"""

import asyncio
import errno
import os
import stat
import sys
import time
from collections.abc import AsyncGenerator, Callable, Collection, Iterable
from contextlib import aclosing
from pathlib import Path
from typing import Final

import msgspec

from oxtui.store.events import WatchFolders
from oxtui.store.layout import SESSIONS, is_session_name, session_id_of
from oxtui.store.mounts import why_no_events
from oxtui.store.projects.catalog import project_folders, tells_of_projects
from oxtui.store.values import SessionId

_RESCAN_S: Final = 30.0
_POLL_S: Final = 2.0
_RETRY_EVENTS_S: Final = 60.0
_LIMITS: Final = {
    errno.EMFILE: "no inotify instances left",
    errno.ENOSPC: "no inotify watches left",
}


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
            return "inotify" if sys.platform == "linux" else "events"
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
                except OSError as error:
                    why = _LIMITS.get(error.errno or 0) or error.strerror or str(error)
            async with aclosing(self._polls(why)) as polls:
                async for change in polls:
                    yield change

    async def _events(self) -> AsyncGenerator[StoreChange]:
        """Yields until a watched folder is another one than it was."""
        folders = self._identities()
        async with _watching()(self._folders(), self._is_ours) as events:
            self._now(Watching())
            scan_at = 0.0  # what came before that
            while True:
                if time.monotonic() >= scan_at:
                    yield _EVERYTHING
                    scan_at = time.monotonic() + _RESCAN_S
                if self._identities() != folders:
                    return
                noticed = await events.wait(scan_at - time.monotonic())
                if noticed.paths:
                    yield self._translated(noticed.paths)
                if noticed.displaced:
                    return
                if noticed.lost:
                    scan_at = 0.0

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
        configs = (config.parent for config in self._configs)
        return tuple(dict.fromkeys((self._sessions, *project_folders(self._base), *configs)))

    async def _is_there(self) -> bool:
        """Whether the store is there; a server that does not answer is waited for in a thread."""
        return await asyncio.to_thread(os.path.isdir, self._base)

    def _why_no_events(self) -> str | None:
        if not os.path.isdir(self._base):  # noqa: PTH112 - that of a path raises when access is lost
            return "the store is gone"
        return next(filter(None, map(why_no_events, self._folders())), None)

    def _identities(self) -> list[tuple[Path, tuple[int, int] | None]]:
        return [(folder, _identity(folder)) for folder in self._folders()]

    def _is_ours(self, path: Path) -> bool:
        if path.parent == self._sessions:
            return is_session_name(path.name)
        return tells_of_projects(self._base, path) or path in self._configs

    def _translated(self, paths: Collection[Path]) -> StoreChange:
        return StoreChange(
            sessions=frozenset(
                session_id_of(path.name) for path in paths if path.parent == self._sessions
            ),
            projects=any(tells_of_projects(self._base, path) for path in paths),
            settings=not self._configs.isdisjoint(paths),
        )


def _identity(folder: Path) -> tuple[int, int] | None:
    """What tells a folder from any other; None where there is none."""
    try:
        status = folder.stat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if stat.S_ISDIR(status.st_mode) else None


def _watching() -> WatchFolders:
    """The way of this system to watch folders."""
    if sys.platform == "linux":
        from oxtui.store.inotify import inotify_events

        return inotify_events
    from oxtui.store.watchfiles_events import watchfiles_events

    return watchfiles_events
