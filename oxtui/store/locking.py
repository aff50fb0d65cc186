"""Keeping processes of oxtui out of each other's writes; Oxios takes no lock and needs none."""

import fcntl
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from oxtui.errors import WriteFailedError

OXTUI_FOLDER: Final = ".oxtui"
_PATIENCE_S: Final = 10.0
_RETRY_S: Final = 0.005


@contextmanager
def store_lock(base: Path) -> Generator[None]:
    """Holds the store's lock while the body runs; to be taken in a worker thread.

    Raises:
        WriteFailedError: Another oxtui holds it for too long, or the store can't be written.
    """
    with _opened(base / OXTUI_FOLDER) as file:
        _acquire(file, base)
        yield


def _opened(folder: Path) -> IO[bytes]:
    try:
        folder.mkdir(exist_ok=True)
        return (folder / "lock").open("ab")
    except OSError as error:
        raise WriteFailedError(f"{folder} can't be written: {error.strerror}.") from error


def _acquire(file: IO[bytes], base: Path) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise WriteFailedError(
                    f"Another oxtui has been writing to {base} for {_PATIENCE_S:.0f} s. "
                    "Nothing was changed; try again when it is done."
                ) from None
            time.sleep(_RETRY_S)
        else:
            return
