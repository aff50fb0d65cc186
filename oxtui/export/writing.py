"""Putting an exported session where its user wants it, over nothing that they did not mean."""

import os
import stat
from pathlib import Path

from oxtui.errors import ChangedError, OxtuiError, WriteFailedError
from oxtui.sanitize import sanitize
from oxtui.store.durable import create, durable_write
from oxtui.store.refusals import reason


class ExistsError(OxtuiError):
    """There is a file of that name already."""

    title = "There already"


def write_export(path: Path, content: bytes, *, replace: bool = False) -> None:
    """Writes a file, durably.

    Args:
        path: The file; where it is a link to one, that one.
        content: What it is to hold.
        replace: Whether a file that is there may go.

    Raises:
        ExistsError: There is one, and it may not go.
        WriteFailedError: It can't be written; the message says why. What was there is as it was.
    """
    name = sanitize(str(path))
    try:
        folder, status = path.parent.stat(), _status(path)
    except FileNotFoundError as error:
        raise WriteFailedError(f"There is no folder {sanitize(str(path.parent))}.") from error
    except OSError as error:
        raise WriteFailedError(f"{name} was not written: {reason(error)}.") from error
    if not stat.S_ISDIR(folder.st_mode):
        raise WriteFailedError(f"{sanitize(str(path.parent))} is no folder.")
    if status is None:
        _create(path, content)
        return
    if stat.S_ISDIR(status.st_mode):
        raise WriteFailedError(f"{name} is a folder.")
    if not stat.S_ISREG(status.st_mode):
        raise WriteFailedError(f"{name} is no file.")
    if not replace:
        raise ExistsError(f"{name} is there already.")
    durable_write(Path(os.path.realpath(path)), content)


def _create(path: Path, content: bytes) -> None:
    try:
        create(path, content)
    except ChangedError as error:  # it came in between, or is a link to nothing
        raise ExistsError(f"{sanitize(str(path))} is there already.") from error


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None
