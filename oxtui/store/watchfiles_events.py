"""What happens in folders, on systems without inotify, as watchfiles tells it.

Its threads look every few milliseconds. What overflows there is lost without a word, so everything
may have changed after a flood, and after the program was stopped for a while.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Final

from watchfiles import (
    Change,
    awatch,  # pyright: ignore[reportUnknownVariableType] - one parameter has a type of trio's
)

from oxtui.store.events import Noticed

_DEBOUNCE_MS: Final = 50
_STEP_MS: Final = 10
_WAKE_MS: Final = 1_000
_STOPPED_S: Final = 2.0
_FLOOD: Final = 1_000

_Batch = set[tuple[Change, str]]


class _WatchfilesEvents:
    def __init__(self, folders: frozenset[Path], batches: AsyncGenerator[_Batch]) -> None:
        self._folders = folders
        self._batches = batches
        self._lately = 0  # changes since nothing came for a while
        self.coming = asyncio.create_task(self._next())

    async def _next(self) -> _Batch:
        try:
            return await anext(self._batches)
        except RuntimeError as error:  # it makes one or the other of what the system says
            raise OSError(str(error).partition(" about [")[0]) from error

    async def wait(self, seconds: float) -> Noticed:
        """As `Events.wait`; now and then nothing, so that it is seen which folders there are."""
        asleep = time.monotonic()
        await asyncio.wait([self.coming], timeout=max(0.0, seconds))
        stopped = time.monotonic() - asleep > min(seconds, _WAKE_MS / 1_000) + _STOPPED_S
        if not self.coming.done():
            return Noticed(lost=stopped)
        batch = await self.coming
        self.coming = asyncio.create_task(self._next())
        flooded = not batch and self._lately > _FLOOD
        self._lately = self._lately + len(batch) if batch else 0
        paths = frozenset(Path(name) for _, name in batch)
        displaced = not self._folders.isdisjoint(paths)
        return Noticed(paths, displaced, lost=flooded or stopped)


@asynccontextmanager
async def watchfiles_events(
    folders: Iterable[Path], wanted: Callable[[Path], bool]
) -> AsyncGenerator[_WatchfilesEvents]:
    """Watches folders, as far as they exist, and tells of the paths in them that are wanted.

    Raises:
        OSError: The system refuses.
    """
    watched = frozenset(folders)

    def is_wanted(change: Change, name: str) -> bool:
        path = Path(name)
        return change != Change.modified if path in watched else wanted(path)

    batches = awatch(
        *(folder for folder in watched if folder.is_dir()),
        watch_filter=is_wanted,
        debounce=_DEBOUNCE_MS,
        step=_STEP_MS,
        rust_timeout=_WAKE_MS,
        yield_on_timeout=True,
        recursive=False,
    )
    async with aclosing(batches):
        events = _WatchfilesEvents(watched, batches)
        try:
            await asyncio.sleep(0)  # its first step is to watch, or to fail
            if events.coming.done():
                await events.coming
            yield events
        finally:
            events.coming.cancel()
            await asyncio.wait([events.coming])
