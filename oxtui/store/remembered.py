"""What oxtui remembers from one run to the next, in a file that may be deleted at any time."""

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from oxtui.errors import UnreadableError, WriteFailedError
from oxtui.store.durable import durable_write
from oxtui.store.private import make_private_file, make_private_folder
from oxtui.store.regular_files import read_regular

if TYPE_CHECKING:
    from pydantic import JsonValue

_LOG: Final = logging.getLogger(__name__)


def recall(path: Path) -> "JsonValue":
    """What was remembered last; None if nothing was, or it can't be read."""
    try:
        return msgspec.json.decode(read_regular(path))
    except (OSError, UnreadableError, msgspec.DecodeError, UnicodeDecodeError):
        return None  # it is a convenience, and made anew when oxtui ends


def remember(path: Path, value: "JsonValue") -> None:
    """Remembers `value`, as far as the system lets it."""
    try:
        make_private_folder(path.parent)
        make_private_file(path)  # whose mode is kept
        durable_write(path, json.dumps(value).encode())
    except (OSError, WriteFailedError) as error:
        _LOG.warning("%s was not remembered: %s", path.name, error)
