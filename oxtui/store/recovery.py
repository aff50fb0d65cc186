"""Seeing to what a crash left: finishing what was begun, and losing nothing that others wrote.

Every write is whole at any moment, so there is little to do. A temp file may be left, and if the
crash came right after a swap, it may hold a turn of Oxios that is nowhere else. A change may have
been noted and not been done. Of an act that was being taken back, some changes may be done.
"""

import os
import stat
import time
from collections.abc import Container, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from oxtui.errors import ChangedError, OxtuiError, UnreadableError
from oxtui.locations import CONFIG_NAME, config_path, oxios_home
from oxtui.store.changes import Change, Edited, ProjectEdited, SettingsEdited, Trashed
from oxtui.store.compare_and_swap import swap
from oxtui.store.config_edit import is_as_before as is_setting_as_before
from oxtui.store.durable import give_back, sync_folder
from oxtui.store.journal import Journal
from oxtui.store.layout import SESSIONS
from oxtui.store.locking import interrupted_lock, was_interrupted
from oxtui.store.origin import Origin
from oxtui.store.projects.catalog import is_as_before as is_project_as_before
from oxtui.store.projects.files import FOLDER as PROJECTS
from oxtui.store.refusals import explained
from oxtui.store.regular_files import FileState, read_state
from oxtui.store.reversal_mark import ReversalMark, Unfinished
from oxtui.store.stretches import FileMark
from oxtui.store.temp_files import INCOMPLETE
from oxtui.store.temp_names import Swap, TempName, digest, parse_temp, saved_path
from oxtui.store.trash import Trash
from oxtui.store.undo import Reversal

_ENDING: Final = ".tmp"
_LEFT_BEHIND_NS: Final = 3_600 * 1_000_000_000


class _Leftover(NamedTuple):
    """A temp file, what its name says, and the file that it is for."""

    path: Path
    name: TempName
    file: Path


def recover(base: Path, *, thorough: bool = False) -> tuple[str, ...]:
    """Finishes or takes back what a process of oxtui was doing when it was ended.

    To be called in a worker thread, before anything is written to a store. Where nothing was
    interrupted, that costs two looks into small files.

    Args:
        base: The store.
        thorough: Whether to look for temp files in any case: those that a failure of the power
            left, and those of any program that are more than an hour old and hold nothing else
            than what is in place.

    Returns:
        What was done, as far as it matters to the user: sentences.

    Raises:
        OxtuiError: The store can't be written, or the journal not be read.
    """
    origin = _origin_of(base)
    if origin is None:
        return ()  # whatever is unfinished there is none of this user's business
    left = ReversalMark.left(base)
    try:
        unfinished = left[1] if left else None
        interrupted = was_interrupted(base)
        found = _leftovers(base) if thorough or interrupted else ()
        leftovers = [each for each in found if not _came_along(each, origin)]
        told: list[str] = []
        if interrupted or leftovers:
            told += _tidy(base, leftovers, unfinished)
        if left:
            told += _finish(base, *left)
        return tuple(told)
    finally:
        if left:
            left[0].close()


def _origin_of(base: Path) -> Origin | None:
    try:
        return Origin.known(base)
    except OSError as error:
        raise UnreadableError(f"{base} was not looked after: {explained(error)}") from error


def _came_along(leftover: _Leftover, origin: Origin) -> bool:
    """Whether a temp file was there before this user wrote to the store; no one can set that."""
    try:
        return leftover.path.lstat().st_ctime_ns < origin.since_ns
    except OSError:
        return True


def _leftovers(base: Path) -> Iterator[_Leftover]:
    yield from _leftovers_in(base / SESSIONS)
    if not (base / PROJECTS).is_symlink():
        yield from _leftovers_in(base / PROJECTS)
    # A configuration that was taken aside is not where it is looked for, but may have been.
    config = config_path(base)
    if config.parent == oxios_home():  # a link of a store leads to where nothing of ours is
        config = Path(os.path.realpath(config))
    for folder in {config.parent, base.absolute(), base.absolute().parent}:
        yield from (each for each in _leftovers_in(folder) if each.file.name == config.name)


def _leftovers_in(folder: Path) -> Iterator[_Leftover]:
    try:
        names = os.listdir(folder)  # noqa: PTH208 - quick, of 100,000 names
    except OSError:
        return
    for text in names:
        if text.endswith(_ENDING) and (name := parse_temp(text)):
            yield _Leftover(folder / text, name, folder / name.file)


class _Tidying:
    """What is found out about temp files.

    Attributes:
        told: What matters to the user.
        not_done: Swaps that were about to be done to files, and were not.
    """

    def __init__(self) -> None:
        self.told: list[str] = []
        self.not_done: set[tuple[Path, Swap]] = set()

    def see_to(self, leftover: _Leftover) -> None:
        """Removes a temp file, unless it holds what is nowhere else.

        To be called under the lock that all files of the store are swapped under, so that nobody
        is just using it.

        Raises:
            OSError: The system refused; it is as it was.
            OxtuiError: As OSError.
        """
        path, (_, pid, names), file = leftover
        status = path.lstat()
        is_old = time.time_ns() - status.st_mtime_ns > _LEFT_BEHIND_NS
        if names is None:  # Oxios may have been ended before it got to move a turn into place
            if is_old and not _runs(pid) and _is_needless(_look(path), _look(file)):
                path.unlink()
            return
        if file.name == CONFIG_NAME and _runs(pid) and not is_old:
            return  # a store that has the same config.toml has another lock
        if names.is_blind:
            path.unlink()
            return
        held, there = _look(path), _look(file)
        in_place = there is not None and digest(there.content) == names.new
        if stat.S_IMODE(status.st_mode) == INCOMPLETE and not (
            in_place and held and there and not there.content.startswith(held.content)
        ):
            path.unlink()
            self.not_done.add((file, names))
        elif held is None:  # somebody had put something else there
            self._keep(path, file)
        elif digest(held.content) == names.new:
            path.unlink()
            self.not_done.add((file, names))
        elif digest(held.content) == names.expected or (there and held.content == there.content):
            path.unlink()
        elif names.removes:
            self._tell(file, give_back(path, file))
        elif in_place and there is not None:
            if self._put_back(path, held, file, there):
                self.not_done.add((file, names))
        else:
            self._keep(path, file)
        sync_folder(path.parent)

    def _put_back(self, path: Path, held: FileState, file: Path, there: FileState) -> bool:
        """Undoes a swap after which nobody looked at what it had brought out, if it still can."""
        try:
            swap(file, there.content, held.content, mtime_ns=held.mtime_ns)
        except ChangedError:
            self._keep(path, file)
            return False
        path.unlink()
        self._tell(file, file)
        return True

    def _keep(self, path: Path, file: Path) -> None:
        self._tell(file, path.rename(saved_path(file)))

    def _tell(self, file: Path, kept: Path) -> None:
        where = "is in place again" if kept == file else f"is kept beside it as {kept.name}"
        self.told.append(f"What another program had written to {file.name} {where}.")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _look(path: Path) -> FileState | None:
    """What a file holds; None where there is none, or nothing that can be read."""
    try:
        return read_state(path)
    except (OSError, UnreadableError):
        return None


def _is_needless(held: FileState | None, there: FileState | None) -> bool:
    """Whether a temp file holds nothing, or what is in place."""
    return held is not None and held.content in (b"", there and there.content)


def _tidy(base: Path, leftovers: Iterable[_Leftover], unfinished: Unfinished | None) -> list[str]:
    tidying = _Tidying()
    with interrupted_lock(base) as interrupted:
        for leftover in leftovers:
            with suppress(OSError, OxtuiError):  # then it stays, for the next start
                tidying.see_to(leftover)
        if interrupted:
            Trash(base).tidy()
            if not unfinished:  # else the last change that was noted may be taken back already
                _void_what_was_not_done(base, tidying.not_done)
    return tidying.told


def _void_what_was_not_done(base: Path, not_done: Container[tuple[Path, Swap]]) -> None:
    """Voids the last change that was noted, if whoever noted it did not get to do it."""
    journal = Journal(base)
    with suppress(OSError, OxtuiError):  # then it is seen when it is to be taken back
        if (last := journal.last_noted()) is None:
            return
        act_id, change = last
        undone = isinstance(change, Edited) and (base / change.file, _swap_of(change)) in not_done
        if undone or not _was_done(base, change):
            journal.void(act_id)


def _swap_of(change: Edited) -> Swap:
    return Swap.between(change.before.sha256, change.after.sha256)


def _was_done(base: Path, change: Change) -> bool:
    """Whether a change was done: everything is not as it was before.

    Raises:
        OSError: That can't be seen.
        OxtuiError: As OSError.
    """
    if isinstance(change, ProjectEdited):
        return not is_project_as_before(base, change.change)
    if isinstance(change, SettingsEdited):
        return not is_setting_as_before(change.change)
    file = base / change.file
    if isinstance(change, Edited):
        return FileMark.of(*read_state(file)) != change.before
    in_trash = Trash(base).holds(change)
    if isinstance(change, Trashed):
        return in_trash or not os.path.lexists(file)
    return not in_trash


def _finish(base: Path, mark: ReversalMark, unfinished: Unfinished) -> list[str]:
    """Goes on with the act that was being taken back, or done again."""
    act = Journal(base).find(unfinished.act_id)
    if act is None or act.given_up or act.undone is unfinished.undone:
        mark.clear()
        return []
    reversal = Reversal(base, act, undone=unfinished.undone)
    for change in reversal.changes:
        reversal.take(change)
    reversal.note()
    mark.clear()
    return [f"{reversal.label}."]
