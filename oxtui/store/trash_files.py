"""What lies in the trash, and moving it there and back, by descriptors of folders."""

import errno
import os
import stat
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final
from uuid import uuid4

from oxtui.errors import ChangedError, OxtuiError, UnreadableError
from oxtui.store.durable import create, remove
from oxtui.store.own_folder import FILE_MODE, NotOursError, open_folder_at
from oxtui.store.regular_files import FileState, open_regular, read_state, write_all
from oxtui.store.rename import rename_new
from oxtui.store.temp_files import make_like

_SUFFIXES: Final = (".json", ".md")
_TEMPORARY: Final = ".tmp"
_DEEPEST: Final = 8
"""How many folders deep a category may be for a file of it to be found in the trash."""

# Between two disks


def copy_and_remove(source: Path, folder: int) -> None:
    """Moves a file to a folder on another disk: a copy is on that disk before the original goes."""
    try:
        state = read_state(source)
        original = open_regular(os.fspath(source), os.O_RDONLY)
    except UnreadableError as error:
        raise OSError(errno.EXDEV, f"the trash is on another disk, and it is {error}") from error
    try:
        _copy(state, original, source.name, folder)
    finally:
        os.close(original)
    try:
        remove(source, state.content)
    except OxtuiError:
        os.unlink(source.name, dir_fd=folder)
        raise


def _copy(state: FileState, original: int, name: str, folder: int) -> None:
    temp = f"{uuid4()}{_TEMPORARY}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    descriptor = os.open(temp, flags, FILE_MODE, dir_fd=folder)
    try:
        try:
            write_all(descriptor, state.content)
            make_like(descriptor, original)
            os.utime(descriptor, ns=(state.mtime_ns, state.mtime_ns))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.rename(temp, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with suppress(OSError):
            os.unlink(temp, dir_fd=folder)
        raise
    os.fsync(folder)


def _copy_back(folder: int, target: Path) -> None:
    state = read_state(target.name, dir_fd=folder)
    descriptor = os.open(target.name, os.O_RDONLY | os.O_NOFOLLOW, dir_fd=folder)
    try:
        create(target, state.content, mtime_ns=state.mtime_ns, like=descriptor)
    except ChangedError as error:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from error
    finally:
        os.close(descriptor)
    os.unlink(target.name, dir_fd=folder)


# Moving back


def move_back(folder: int, target: Path) -> None:
    """Moves a file out of a folder of the trash, under the name of the target.

    Raises:
        FileExistsError: Another file has that name by now.
        OSError: The system refused.
    """
    try:
        rename_new(target.name, target, src_dir_fd=folder)
    except FileExistsError:
        if not finish_moving_back(folder, target):
            raise
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy_back(folder, target)


def finish_moving_back(folder: int, target: Path) -> bool:
    """Whether it was one file with two names, or a copy of one, and has only one now.

    Where a file can't be moved without replacing another one, it gets its second name before it
    loses its first; a crash in between leaves both.
    """
    one, other = os.lstat(target.name, dir_fd=folder), target.lstat()
    if one.st_dev == other.st_dev:
        is_same = one.st_ino == other.st_ino
    else:
        is_same = one.st_mtime_ns == other.st_mtime_ns and one.st_size == other.st_size
        is_same = is_same and read_state(target.name, dir_fd=folder) == read_state(target)
    if is_same:
        os.unlink(target.name, dir_fd=folder)
    return is_same


# What lies in the trash


def is_ours(name: str, trash: int) -> bool:
    """Whether it is a folder of this user's own."""
    try:
        os.close(open_folder_at(trash, name))
    except NotOursError:
        return False
    except OSError:
        return True  # which is said where it matters
    return True


def names_in(folder: int) -> list[str]:
    """The names of whatever lies in a folder."""
    with os.scandir(folder) as found:
        return [each.name for each in found]


def folders_in(folder: int) -> list[str]:
    """The names of the folders in a folder; none of links to some."""
    with os.scandir(folder) as found:
        return [each.name for each in found if each.is_dir(follow_symlinks=False)]


def files_of(trash: int, entry_id: str) -> Iterator[tuple[str, os.stat_result]]:
    """What was deleted as one entry: whatever has the name of a file, be it a folder or a link."""
    below: list[tuple[str, ...]] = [(entry_id,)]
    while below:
        path = below.pop()
        try:
            with _opened_below(trash, path) as folder:
                for name in names_in(folder):
                    if name.endswith(_TEMPORARY):
                        continue  # half of a copy
                    status = os.lstat(name, dir_fd=folder)
                    is_file = name.endswith(_SUFFIXES) or not stat.S_ISDIR(status.st_mode)
                    if is_file:
                        yield "/".join((*path[1:], name)), status
                    elif len(path) < _DEEPEST:
                        below.append((*path, name))
        except FileNotFoundError:
            continue  # restored or destroyed meanwhile
        except NotOursError:
            continue  # see `Trash.left_alone`


@contextmanager
def _opened_below(folder: int, path: Iterable[str]) -> Generator[int]:
    descriptor = os.dup(folder)
    try:
        for name in path:
            below = open_folder_at(descriptor, name)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


def remove_what_is_empty(trash: int, entry_id: str) -> None:
    """Removes half copies, and the folders of an entry that hold nothing."""
    paths: list[tuple[str, ...]] = [(entry_id,)]
    for path in paths:  # which grows meanwhile
        with suppress(OSError), _opened_below(trash, path) as folder:
            for name in names_in(folder):
                if name.endswith(_TEMPORARY):
                    os.unlink(name, dir_fd=folder)
                elif len(path) < _DEEPEST:
                    paths.append((*path, name))
    for path in reversed(paths):
        with suppress(OSError), _opened_below(trash, path[:-1]) as folder:
            os.rmdir(path[-1], dir_fd=folder)


def destroy(trash: int, entry_id: str) -> None:
    """Removes a folder and all below it, however deep: what lies deeper is first brought up.

    Raises:
        OSError: The system refused.
    """
    folder = open_folder_at(trash, entry_id)
    try:
        while subfolders := _without_files(folder):
            for name in subfolders:
                _bring_up(folder, name)
    finally:
        os.close(folder)
    os.rmdir(entry_id, dir_fd=trash)


def _without_files(folder: int) -> list[str]:
    """Removes the files in a folder; the folders in it that are not empty."""
    subfolders: list[str] = []
    for name in names_in(folder):
        if not stat.S_ISDIR(os.lstat(name, dir_fd=folder).st_mode):
            os.unlink(name, dir_fd=folder)
            continue
        try:
            os.rmdir(name, dir_fd=folder)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            subfolders.append(name)
    return subfolders


def _bring_up(folder: int, name: str) -> None:
    """Moves what lies in a folder of a folder into the latter, and removes the former."""
    below = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
    try:
        for each in names_in(below):
            if stat.S_ISDIR(os.lstat(each, dir_fd=below).st_mode):
                os.rename(each, uuid4().hex, src_dir_fd=below, dst_dir_fd=folder)
            else:
                os.unlink(each, dir_fd=below)
    finally:
        os.close(below)
    os.rmdir(name, dir_fd=folder)
