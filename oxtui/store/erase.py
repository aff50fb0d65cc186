"""Leaving nothing of what is gone for good: no text of it, and no title.

A session that was destroyed, or that Oxios pruned, may still stand in edits of the journal and in
temp files that a crash left beside it.
"""

import sys
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec import structs

from oxtui.store.changes import Change, Edited, Trashed
from oxtui.store.journal_file import Did, JournalFile, Line, Reversed, Voided
from oxtui.store.temp_names import parse_temp, saved_of
from oxtui.store.trash import TrashEntry

_ALL: Final = sys.maxsize


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
    gone = [base / entry.file for entry in entries if not (base / entry.file).exists()]
    until |= {path.relative_to(base).as_posix(): _ALL for path in gone}
    _leave_out(file, until)
    _remove_temp_files(gone)


def erase_gone(base: Path, files: Collection[str]) -> None:
    """As `erase_destroyed`, for files of the store that others removed.

    Args:
        base: The store.
        files: Their paths relative to it; nothing is there, and nothing of theirs in the trash.
    """
    _leave_out(JournalFile(base), dict.fromkeys(files, _ALL))
    _remove_temp_files([base / file for file in files])


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


def _remove_temp_files(gone: Iterable[Path]) -> None:
    names: dict[Path, set[str]] = {}
    for path in gone:
        names.setdefault(path.parent, set()).add(path.name)
    for folder, files in names.items():
        with suppress(OSError):
            for path in list(folder.iterdir()):
                temp = parse_temp(path.name)
                if (temp.file if temp else saved_of(path.name)) in files:
                    path.unlink()
