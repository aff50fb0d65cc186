"""What oxtui remembers from one run to the next, in a file that may be deleted at any time."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from oxtui.errors import UnreadableError
from oxtui.store.durable import durable_write
from oxtui.store.regular_files import read_regular

if TYPE_CHECKING:
    from pydantic import JsonValue


def recall(path: Path) -> "JsonValue":
    """What was remembered last; None if nothing was, or it can't be read."""
    try:
        return msgspec.json.decode(read_regular(path))
    except (OSError, UnreadableError, msgspec.DecodeError, UnicodeDecodeError):
        return None  # it is a convenience, and made anew when oxtui ends


def remember(path: Path, value: "JsonValue") -> None:
    """Remembers `value`.

    Raises:
        OSError: The folder could not be made.
        WriteFailedError: The file could not be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    durable_write(path, json.dumps(value).encode())
