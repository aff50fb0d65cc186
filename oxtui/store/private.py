"""Folders and files in the user's home that are oxtui's own: for nobody else's eyes.

Titles and texts of sessions are in them, so the umask has no say: a folder is 0700 and a file
0600. What root makes in the home of another user is that user's.
"""

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from oxtui.locations import own_folders
from oxtui.store.ownership import give_to_owner_of

_FOLDER_MODE: Final = 0o700
_FILE_MODE: Final = 0o600
_OTHERS: Final = 0o077


def make_private_folder(folder: Path) -> None:
    """Makes a folder of oxtui's own and those above it, as far as they are not there.

    It is narrowed if it was there with a wider mode and is ours, and so are those above it that
    are oxtui's own.

    Raises:
        OSError: As `os.mkdir`.
    """
    if not folder.parent.is_dir() and folder.parent != folder:
        make_private_folder(folder.parent)
    _make(folder)
    own = own_folders()
    for each in (folder, *folder.parents):
        if each == folder or any(each.is_relative_to(top) for top in own):
            _narrow(each, stat.S_ISDIR, _FOLDER_MODE)


def make_private_file(path: Path) -> None:
    """Makes an empty file in such a folder; narrows one that was there, without opening it.

    Raises:
        OSError: As `os.open`.
    """
    try:
        os.close(_created(path, os.O_WRONLY))
    except FileExistsError:
        _narrow(path, stat.S_ISREG, _FILE_MODE)


def open_private(path: str, flags: int) -> int:
    """An `opener` for `open` that makes private files, and narrows one that was there.

    No FIFO is waited for, and no link followed.

    Raises:
        OSError: As `os.open`.
    """
    flags |= os.O_NONBLOCK | os.O_NOFOLLOW
    if flags & os.O_CREAT:
        try:
            return _created(Path(path), flags)
        except FileExistsError:
            if flags & os.O_EXCL:
                raise
            _narrow(Path(path), stat.S_ISREG, _FILE_MODE)
    return os.open(path, flags & ~os.O_CREAT | os.O_CLOEXEC)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(_FOLDER_MODE)
    except FileExistsError:
        if not folder.is_dir():
            raise
    else:
        folder.chmod(_FOLDER_MODE)  # of which the umask may have taken more
        give_to_owner_of(folder.parent, folder)


def _created(path: Path, flags: int) -> int:
    flags |= os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    descriptor = os.open(path, flags, _FILE_MODE)
    os.fchmod(descriptor, _FILE_MODE)
    give_to_owner_of(path.parent, descriptor)
    return descriptor


def _narrow(path: Path, is_kind: Callable[[int], bool], mode: int) -> None:
    with suppress(OSError):  # who may read it is then as its owner has it
        status = path.lstat()
        if is_kind(status.st_mode) and status.st_uid == os.geteuid() and status.st_mode & _OTHERS:
            path.chmod(mode)
