"""Leaving nothing of what is gone for good: no text of it, and no title.

A session that was destroyed, or that Oxios pruned, may still stand in edits of the journal and in
temp files that a crash left beside it.
"""

import logging
import os
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Final

from msgspec import structs

from oxtui.errors import OxtuiError
from oxtui.store.changes import Change, Edited, Trashed
from oxtui.store.journal_file import Did, JournalFile, Line, Reversed, Voided
from oxtui.store.layout import SESSIONS, session_file
from oxtui.store.locking import store_lock
from oxtui.store.origin import Origin
from oxtui.store.temp_names import parse_temp, saved_of
from oxtui.store.trash import Trash, TrashEntry
from oxtui.store.values import SessionId

_ALL: Final = sys.maxsize
_LOG: Final = logging.getLogger(__name__)


def erase_destroyed(base: Path, entries: Collection[TrashEntry]) -> None:
    """Leaves nothing of entries of the trash that were destroyed; under the store's lock.

    Raises:
        UnreadableError: The journal can't be read.
        WriteFailedError: The system refused.
    """
    file, entry_ids = JournalFile(base), {entry.entry_id for entry in entries}
    until = {entry.file: -1 for entry in entries}
    for number, (line, _) in enumerate(file.read()):
        for change in _changes_of(line):
            if isinstance(change, Trashed) and change.entry_id in entry_ids:
                until[change.file] = number
    gone = {entry.file for entry in entries if not os.path.lexists(base / entry.file)}
    _leave_out(file, until | dict.fromkeys(gone, _ALL))
    _remove_temp_files(base, gone)


def erase_vanished(base: Path, session_ids: Collection[SessionId]) -> None:
    """Leaves nothing of sessions that others removed, in a store that this user has written to.

    What cannot be done just now is logged, and nothing else: nobody asked for it.

    Args:
        base: The store.
        session_ids: Sessions that were there before; those in the trash are left alone.
    """
    try:
        if Origin.known(base) is None:
            return
        trashed = {entry.file for entry in Trash(base).entries()}
        files = {session_file(session_id) for session_id in session_ids} - trashed
        with store_lock(base):
            gone = {file for file in files if not os.path.lexists(base / file)}
            _leave_out(JournalFile(base), dict.fromkeys(gone, _ALL))
            _remove_temp_files(base, gone)
    except (OSError, OxtuiError) as error:
        _LOG.info("edits of sessions that are gone stay in the journal: %s", error)


def _leave_out(file: JournalFile, until: Mapping[str, int]) -> None:
    """Leaves edits out of the journal: of each file those up to a line."""
    numbered = enumerate(file.read())
    if not any(_is_out(c, until, n) for n, (line, _) in numbered for c in _changes_of(line)):
        return
    staying = {_act_of(each) for each in _remaining(file, until) if _changes_of(each[0])}
    began = {_act_of(each) for each in file.read() if _changes_of(each[0])}
    emptied = began - staying  # what they did was called by what is gone
    file.replace(each for each in _remaining(file, until) if _act_of(each) not in emptied)


def _remaining(file: JournalFile, until: Mapping[str, int]) -> Iterator[tuple[Line, bool]]:
    left_out: set[tuple[str, bool]] = set()  # whose last change was, so that it can't be void
    for number, (line, ours) in enumerate(file.read()):
        act = line.act_id, ours
        if isinstance(line, Did):
            left_out.discard(act)
            if _is_out(line.change, until, number):
                left_out.add(act)
                continue
        elif isinstance(line, Voided) and act in left_out:
            continue
        elif isinstance(line, Reversed):
            changes, rest = (
                [change for change in some if not _is_out(change, until, number)]
                for some in (line.changes, line.rest)
            )
            line = structs.replace(line, changes=changes, rest=rest)
        yield line, ours


def _changes_of(line: Line) -> list[Change]:
    if isinstance(line, Did):
        return [line.change]
    return [*line.changes, *line.rest] if isinstance(line, Reversed) else []


def _is_out(change: Change, until: Mapping[str, int], number: int) -> bool:
    return isinstance(change, Edited) and number <= until.get(change.file, -1)


def _act_of(each: tuple[Line, bool]) -> tuple[str, bool]:
    return each[0].act_id, each[1]


def _remove_temp_files(base: Path, files: Collection[str]) -> None:
    """Removes what a crash left beside sessions; not through a link, which may lead anywhere."""
    folder = base / SESSIONS
    names = {path.name for path in map(PurePosixPath, files) if path.parent.name == SESSIONS}
    if not names or folder.is_symlink():
        return
    with suppress(OSError):
        for path in list(folder.iterdir()):
            temp = parse_temp(path.name)
            if (temp.file if temp else saved_of(path.name)) in names:
                path.unlink()
