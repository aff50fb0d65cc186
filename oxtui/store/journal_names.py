"""Which sessions the journal has edits of, found without reading it as one.

A list asks that each time, and most lists need nothing else of what the journal is read with.
"""

import os
import re
from typing import TYPE_CHECKING, Final

from oxtui.store.own_folder import open_file_at, own_folder
from oxtui.store.values import SessionId

if TYPE_CHECKING:
    from pathlib import Path

JOURNAL: Final = "journal.jsonl"

_MOST_BYTES: Final = 1 << 20
_EDITED: Final = re.compile(rb'"type":"edited","file":"sessions/([^"\\]+)\.json"')


def sessions_in_journal(base: "Path") -> frozenset[SessionId]:
    """The sessions that edits are of; none where that would take long, or can't be known."""
    try:
        with own_folder(base) as folder:
            descriptor = open_file_at(folder, JOURNAL, os.O_RDONLY)
    except OSError:
        return frozenset()
    try:
        if os.fstat(descriptor).st_size > _MOST_BYTES:
            return frozenset()
        content = os.read(descriptor, _MOST_BYTES)
    except OSError:
        return frozenset()
    finally:
        os.close(descriptor)
    return frozenset(SessionId(os.fsdecode(name)) for name in _EDITED.findall(content))
