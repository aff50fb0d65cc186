"""Reading the summaries of thousands of sessions quickly."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from oxtui.store.layout import is_session_name, session_id_of
from oxtui.store.summaries.entries import (
    Entry,
    SessionEntry,
    is_unchanged,
    read_named,
)
from oxtui.store.values import SessionId

_PROGRESS_EVERY: Final = 250
_WORTH_HELPERS: Final = 1_500


def session_files(folder: Path) -> Iterator[os.DirEntry[str]]:
    """Everything in a sessions folder that has the name of a session (`list_category`).

    That is a stem and `.json`, lower case: not `.json` alone, and no temp file. A folder that is
    not there holds none.

    Raises:
        OSError: The folder is there and can't be listed.
    """
    try:
        with os.scandir(folder) as found:
            for each in found:
                if is_session_name(each.name):
                    yield each
    except FileNotFoundError:
        return


def scan(
    folder: Path,
    known: Mapping[SessionId, Entry],
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Entry]:
    """Every session file of a folder: what is known, then what has to be read, the newest first.

    Args:
        folder: The sessions folder.
        known: What was read before; it is not read again as long as its file is unchanged.
        progress: Called now and then with how many were read, and of how many.

    Raises:
        OSError: The folder is there and can't be listed.
    """
    differing: list[tuple[int, str]] = []
    for each in session_files(folder):
        try:
            status = each.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue  # gone since it was listed
        before = known.get(session_id_of(each.name))
        if before is not None and is_unchanged(before, status):
            yield before
        else:
            differing.append((status.st_mtime_ns, each.name))
    differing.sort(reverse=True)
    names = [name for _, name in differing]
    for number, entry in enumerate(_read(folder, names)):
        if entry is not None:
            yield entry
        if progress and number % _PROGRESS_EVERY == 0:
            progress(number, len(names))


def _read(folder: Path, names: Sequence[str]) -> Iterator[Entry | None]:
    if len(names) < _WORTH_HELPERS:
        place = str(folder)
        return (read_named(place, name) for name in names)
    from oxtui.store.summaries.helpers import read_with_helpers  # who lists few needs none

    return read_with_helpers(folder, names)


def newest_first(entries: Iterable[SessionEntry]) -> list[SessionEntry]:
    """Entries as `state_store.rs: list_sessions` orders them: ties in the order of file names."""
    by_name = sorted(entries, key=lambda entry: entry.session_id)
    return sorted(by_name, key=lambda entry: entry.summary.updated_at.ns, reverse=True)
