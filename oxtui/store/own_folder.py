"""The folder of oxtui's own in a store, reached step by step and through no link.

A store may come from anybody, and so may what lies in it under our names. `.oxtui` and all below
it is opened from the store's folder on by descriptor, and each step must be what we make there: a
folder or a file of this user's own, no link, no FIFO, no second name of another file. Anything else
is said and left alone.

What is made here is for its owner alone: it holds deleted sessions, and pieces of others. In a
store that a group shares, each user has a folder of their own.
"""

import errno
import os
import stat
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from oxtui.store.ownership import give_to_owner_of
from oxtui.store.regular_files import kind_of

OXTUI_FOLDER: Final = ".oxtui"
FOLDER_MODE: Final = 0o700
FILE_MODE: Final = 0o600

_DIRECTORY: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_OTHERS: Final = 0o077


class NotOursError(PermissionError):
    """Something else is where a folder or a file of oxtui's own should be; `strerror` says what."""


@contextmanager
def own_folder(base: Path, *parts: str, make: bool = False) -> Generator[int]:
    """Opens the folder of oxtui's own in a store, or one below it.

    Args:
        base: The store.
        parts: The names of folders below it.
        make: Whether to make them where they are not there.

    Yields:
        A descriptor, for `dir_fd`.

    Raises:
        FileNotFoundError: There is none.
        NotOursError: Something else is there.
        OSError: The system refused.
    """
    descriptor = _opened(base)
    try:
        owners = _owners(descriptor)
        for name in (_name_in(descriptor), *parts):
            below = _opened_folder(descriptor, name, owners, make=make)
            os.close(descriptor)
            descriptor = below
        yield descriptor
    finally:
        os.close(descriptor)


def own_path(base: Path, *parts: str) -> Path:
    """Where that folder, or something in it, is: to be shown, and not to be opened."""
    name = OXTUI_FOLDER
    with suppress(OSError):
        descriptor = _opened(base)
        try:
            name = _name_in(descriptor)
        finally:
            os.close(descriptor)
    return base.joinpath(name, *parts)


def what_is_not_ours(base: Path, names: Iterable[str]) -> list[str]:
    """Says of what is in the place of oxtui's folder, or of these files in it, that it is not ours.

    Raises:
        OSError: The system refused.
    """
    found: list[str] = []
    try:
        with own_folder(base) as folder:
            for name in names:
                try:
                    os.close(open_file_at(folder, name, os.O_RDONLY))
                except FileNotFoundError:
                    continue
                except NotOursError as error:
                    found.append(str(error.strerror))
    except FileNotFoundError:
        return []
    except NotOursError as error:
        return [str(error.strerror)]
    return found


def open_folder_at(folder: int, name: str, *, make: bool = False) -> int:
    """Opens a folder in one that `own_folder` opened; arguments and errors as there."""
    return _opened_folder(folder, name, _owners(folder), make=make)


def open_file_at(folder: int, name: str, flags: int) -> int:
    """Opens a file in a folder that `own_folder` opened; with O_CREAT it is made if need be.

    Raises:
        FileNotFoundError: There is none.
        OSError: The system refused, or something else is there; `strerror` says what.
    """
    flags |= os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        _check_file(os.lstat(name, dir_fd=folder), name, _owners(folder))
        descriptor = os.open(name, flags & ~os.O_CREAT, dir_fd=folder)
    except FileNotFoundError:
        if not flags & os.O_CREAT:
            raise
        descriptor = _made_file(folder, name, flags)
    try:
        status = os.fstat(descriptor)
        _check_file(status, name, _owners(folder))
        if status.st_mode & _OTHERS and flags & os.O_ACCMODE:
            os.fchmod(descriptor, FILE_MODE)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _made_file(folder: int, name: str, flags: int) -> int:
    try:
        descriptor = os.open(name, flags | os.O_CREAT | os.O_EXCL, FILE_MODE, dir_fd=folder)
    except FileExistsError:  # another oxtui made it at the same time
        return os.open(name, flags & ~os.O_CREAT, dir_fd=folder)
    give_to_owner_of(folder, descriptor)
    return descriptor


def _opened(base: Path) -> int:
    return os.open(base, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def _opened_folder(folder: int, name: str, owners: frozenset[int], *, make: bool) -> int:
    made = False
    try:
        try:
            descriptor = os.open(name, _DIRECTORY, dir_fd=folder)
        except FileNotFoundError:
            if not make:
                raise
            with suppress(FileExistsError):
                os.mkdir(name, FOLDER_MODE, dir_fd=folder)
                made = True
            descriptor = os.open(name, _DIRECTORY, dir_fd=folder)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENOTDIR):
            raise _left_alone(name, kind_of(os.lstat(name, dir_fd=folder).st_mode)) from error
        raise
    try:
        if made:
            give_to_owner_of(folder, descriptor)
        status = os.fstat(descriptor)
        if status.st_uid not in owners:
            raise _left_alone(name, "another user's folder")
        if make and status.st_mode & _OTHERS:
            os.fchmod(descriptor, FOLDER_MODE)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _name_in(base: int) -> str:
    """What the folder is called: not as usual where others share the store, and it is theirs."""
    with suppress(OSError):
        there, store = os.lstat(OXTUI_FOLDER, dir_fd=base), os.fstat(base)
        is_shared = bool(store.st_mode & (stat.S_IWGRP | stat.S_IWOTH))
        if is_shared and os.geteuid() and there.st_uid != os.geteuid():
            return f"{OXTUI_FOLDER}-{os.geteuid()}"
    return OXTUI_FOLDER


def _owners(folder: int) -> frozenset[int]:
    """Whose what is ours may be: this user's, and for root also that of who owns the store."""
    user = os.geteuid()
    return frozenset({user} if user else {user, os.fstat(folder).st_uid})


def _check_file(status: os.stat_result, name: str, owners: frozenset[int]) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise _left_alone(name, kind_of(status.st_mode))
    if status.st_uid not in owners:
        raise _left_alone(name, "another user's file")
    if status.st_nlink > 1:
        raise _left_alone(name, "a file that has another name as well")


def _left_alone(name: str, what: str) -> NotOursError:
    said = f"{name} there is {what}, none of oxtui's, and is left alone"
    return NotOursError(errno.EPERM, said, name)
