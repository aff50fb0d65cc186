"""Reading the summaries of thousands of sessions quickly."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple, Self

import msgspec

from oxtui.errors import InvalidNameError, UnreadableError
from oxtui.store.durable import read_regular
from oxtui.store.names import check_name
from oxtui.store.summarize import summarize
from oxtui.store.values import SessionId, SessionSummary

SUFFIX: Final = ".json"


class FileIdentity(NamedTuple):
    """What tells one state of a file from another without reading it."""

    inode: int
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        """The identity that a `stat` shows."""
        return cls(status.st_ino, status.st_size, status.st_mtime_ns)


class SessionEntry(msgspec.Struct, frozen=True, gc=False):
    """A session in its file.

    Attributes:
        session_id: The stem of the file, which is the session's identity.
        identity: The state of the file that was read.
        summary: What it says.
    """

    session_id: SessionId
    identity: FileIdentity
    summary: SessionSummary


class UnreadableEntry(msgspec.Struct, frozen=True, gc=False):
    """A file in the sessions folder that cannot be read as a session.

    Attributes:
        session_id: The stem of the file.
        identity: The state of the file that was tried.
        reason: Why, in a few words for the user.
    """

    session_id: SessionId
    identity: FileIdentity
    reason: str


Entry = SessionEntry | UnreadableEntry


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


def is_session_name(name: str) -> bool:
    """Whether a file of this name counts as a session."""
    return name.endswith(SUFFIX) and len(name) > len(SUFFIX)


def read_entry(path: Path) -> Entry | None:
    """The session in a file, or why it can't be read; None if there is no such file."""
    session_id = SessionId(path.stem)
    try:
        identity = FileIdentity.of(path.lstat())
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        check_name(session_id)
        return SessionEntry(session_id, identity, summarize(read_regular(path)))
    except FileNotFoundError:
        return None
    except (UnreadableError, InvalidNameError) as error:
        return UnreadableEntry(session_id, identity, error.message)
    except OSError as error:
        return UnreadableEntry(session_id, identity, error.strerror or str(error))


def scan(
    folder: Path,
    known: Mapping[SessionId, Entry],
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[Entry]:
    """Every session file of a folder, the newest first; unchanged ones are not read again.

    Args:
        folder: The sessions folder.
        known: What was read before.
        progress: Called now and then with how many are done, and of how many.

    Raises:
        OSError: The folder is there and can't be listed.
    """
    found: list[tuple[FileIdentity, os.DirEntry[str]]] = []
    for each in session_files(folder):
        try:
            found.append((FileIdentity.of(each.stat(follow_symlinks=False)), each))
        except FileNotFoundError:
            continue  # gone since it was listed
    found.sort(key=lambda pair: pair[0].mtime_ns, reverse=True)
    for number, (identity, each) in enumerate(found):
        session_id = SessionId(each.name[: -len(SUFFIX)])
        before = known.get(session_id)
        entry = before if before and before.identity == identity else read_entry(Path(each.path))
        if entry is not None:
            yield entry
        if progress and number % _PROGRESS_EVERY == 0:
            progress(number, len(found))


_PROGRESS_EVERY: Final = 250


def newest_first(entries: Iterable[SessionEntry]) -> list[SessionEntry]:
    """Entries as `state_store.rs: list_sessions` orders them: ties in the order of file names."""
    by_name = sorted(entries, key=lambda entry: entry.session_id)
    return sorted(by_name, key=lambda entry: entry.summary.updated_at.ns, reverse=True)
