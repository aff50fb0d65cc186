"""Starting and ending the process that searches."""

import asyncio
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from oxtui.errors import SearchStoppedError

_WORKER: Final = "oxtui.store.search.worker"
_PATIENCE_S: Final = 0.5


async def started(base: Path, cache: Path) -> asyncio.subprocess.Process:
    """A worker for the store `base`, which imports what this process does and nothing else.

    It has a session of its own, so that ctrl+c and a terminal that hangs up are left to its parent;
    it ends when its input does.

    Raises:
        SearchStoppedError: It can't be started.
    """
    try:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", _WORKER, str(base), str(cache)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            start_new_session=True,
        )
    except OSError as error:
        raise SearchStoppedError(f"Search can't be started: {error.strerror}.") from error


async def ended(process: asyncio.subprocess.Process) -> None:
    """Lets a worker write what it has read, and ends it if that takes long."""
    if process.stdin:
        process.stdin.close()
    try:
        await asyncio.wait_for(process.wait(), _PATIENCE_S)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
