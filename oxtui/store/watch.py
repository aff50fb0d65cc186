"""Noticing what other programs do to a store, and saying so when that can't be had.

Events come from watchfiles. Where the system has none to give (a network file system, its limit
reached, the folder gone), the store is scanned every few seconds instead. A slow rescan goes on in
either case, since events can be lost without a word.
"""

import asyncio
import errno
import os
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final

import msgspec
from watchfiles import (
    Change,
    awatch,  # pyright: ignore[reportUnknownVariableType] - one parameter has a type of trio's
)

from oxtui.store.models import SessionId
from oxtui.store.summaries import SUFFIX, is_session_name

_DEBOUNCE_MS: Final = 50
_STEP_MS: Final = 10
_RESCAN_S: Final = 30.0
_POLL_S: Final = 2.0
_RETRY_EVENTS_S: Final = 60.0
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
        config: Path,
        poll_s: float | None = None,
        on_watching: Callable[[Watching], None] | None = None,
    ) -> None:
        """Prepares to watch.

        Args:
            base: The store.
            config: Its config.toml.
            poll_s: Seconds between two scans, if there shall be no events.
            on_watching: Called when the way of watching changes.
        """
        self._base = base
        self._sessions = base / "sessions"
        self._config = config
        self._poll_s = poll_s
        self._on_watching = on_watching
        self.watching = Watching(poll_s)

    async def changes(self) -> AsyncIterator[StoreChange]:
        """Yields what may have changed, for ever."""
        while True:
            why = await asyncio.to_thread(self._why_no_events)
            if self._poll_s is None and why is None:
                self._now(Watching())
                try:
                    async for change in self._events():
                        yield change
                    why = "the folder was replaced or is gone"
                except OSError as error:
                    why = _reason(error)
            async for change in self._polls(why):
                yield change

    async def _events(self) -> AsyncIterator[StoreChange]:
        """Yields until a watched folder is another one than it was."""
        folders = [f for f in dict.fromkeys(self._folders()) if f.is_dir()]
        identities = [_identity(folder) for folder in folders]
        last_scan = time.monotonic()
        async for batch in awatch(
            *folders,
            watch_filter=self._is_ours,
            debounce=_DEBOUNCE_MS,
            step=_STEP_MS,
            rust_timeout=1_000,
            yield_on_timeout=True,
            recursive=False,
        ):
            if batch:
                yield self._translated(batch)
            if [_identity(f) for f in dict.fromkeys(self._folders()) if f.is_dir()] != identities:
                yield StoreChange(projects=True, settings=True, rescan=True)
                return
            if time.monotonic() - last_scan > _RESCAN_S:
                last_scan = time.monotonic()
                yield StoreChange(rescan=True)

    async def _polls(self, why: str | None) -> AsyncIterator[StoreChange]:
        """Yields every few seconds, and returns when events may be worth another try."""
        seconds = self._poll_s or _POLL_S
        again = time.monotonic() + (_RETRY_EVENTS_S if self._sessions.is_dir() else seconds)
        self._now(Watching(seconds, why))
        while self._poll_s is not None or time.monotonic() < again:
            await asyncio.sleep(seconds)
            yield StoreChange(projects=True, settings=True, rescan=True)

    def _now(self, watching: Watching) -> None:
        if watching != self.watching or watching.polling_s is None:
            self.watching = watching
            if self._on_watching:
                self._on_watching(watching)

    def _folders(self) -> tuple[Path, ...]:
        return self._sessions, self._base, self._base / "projects", self._config.parent

    def _why_no_events(self) -> str | None:
        if not self._base.is_dir():
            return "the store is gone"
        return _file_system_without_events(self._base)

    def _is_ours(self, _: Change, name: str) -> bool:
        path = Path(name)
        if path.parent == self._sessions:
            return is_session_name(path.name)
        return self._is_of_projects(path) or path == self._config

    def _is_of_projects(self, path: Path) -> bool:
        in_base = path.parent == self._base and path.name.startswith(("kernel.db", "memory.db"))
        in_folder = path.parent == self._base / "projects" and path.suffix == ".json"
        return in_base or in_folder or path == self._base / "projects"

    def _translated(self, batch: set[tuple[Change, str]]) -> StoreChange:
        paths = [Path(name) for _, name in batch]
        return StoreChange(
            sessions=frozenset(
                SessionId(path.name.removesuffix(SUFFIX))
                for path in paths
                if path.parent == self._sessions
            ),
            projects=any(self._is_of_projects(path) for path in paths),
            settings=self._config in paths,
        )


def _identity(folder: Path) -> tuple[str, int] | None:
    try:
        return str(folder), folder.stat().st_ino
    except OSError:
        return None


def _reason(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "the system's limit of inotify watches is reached"
    if error.errno == errno.EMFILE:
        return "the system's limit of inotify instances is reached"
    return error.strerror or str(error)


def _file_system_without_events(folder: Path) -> str | None:
    """Says that a folder lies on a file system that reports no changes of other machines."""
    try:
        mounts = [line.split() for line in _MOUNTS.read_text(errors="replace").splitlines()]
    except OSError:
        return None
    real = os.path.realpath(folder)
    holding = [m for m in mounts if len(m) > 2 and Path(real).is_relative_to(m[1])]
    kind = max(holding, key=lambda mount: len(mount[1]))[2] if holding else ""
    return f"{kind} reports no changes" if kind in _WITHOUT_EVENTS else None
