"""Temp files beside what they are to replace: complete, like it, and gone after use."""

import errno
import os
import stat
import sys
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple

from oxtui.store.leases import keep_openers_out
from oxtui.store.ownership import give_to_owner_of
from oxtui.store.regular_files import write_all
from oxtui.store.temp_names import Swap, temp_path

INCOMPLETE: Final = 0
"""The mode of a temp file that is to be swapped, as long as it is being written."""

_NEW_FILE_MODE: Final = 0o666  # less what the user's umask takes away
_KEPT_ATTRIBUTES: Final = ("user.", "system.posix_acl_access")


class TempFile(NamedTuple):
    """A temp file, which stays open so that no other file can get its inode.

    Attributes:
        path: Where it was made; by now another file may be there.
        descriptor: The file.
        is_closed: Whether whoever opens it waits until it is let in; see `leases`.
    """

    path: Path
    descriptor: int
    is_closed: bool

    @property
    def inode(self) -> int:
        """The number that tells it from all other files of its folder."""
        return os.fstat(self.descriptor).st_ino


@contextmanager
def temp_file(
    path: Path, content: bytes, swap: Swap, *, like: int | None = None
) -> Generator[TempFile]:
    """A temp file beside `path` that is written when the body runs, and gone after it.

    One that is to be swapped with a file shows by its mode whether it is complete: after a crash it
    must not be taken for what another program wrote.

    Args:
        path: The file that it is for.
        content: What it holds.
        swap: What its name says of it.
        like: The file whose owner, mode, ACL and attributes it gets, opened; None for a new file's.

    Raises:
        OSError: The system refused.
        PermissionError: The owner of that file could not read it any more.
    """
    temp = temp_path(path, swap)
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(temp, flags, _NEW_FILE_MODE if swap.is_blind else INCOMPLETE)
    try:
        # Before it may be given to another owner, who alone could keep others out then.
        is_closed = not swap.is_blind and keep_openers_out(descriptor)
        write_all(descriptor, content)
        if like is not None:
            make_like(descriptor, like)
        else:
            give_to_owner_of(path.parent, descriptor)
        yield TempFile(temp, descriptor, is_closed)
    finally:
        with suppress(OSError):  # what is left, `recovery` removes
            if temp.lstat().st_ino == os.fstat(descriptor).st_ino:  # else it is somebody's work
                temp.unlink()
        os.close(descriptor)


def make_like(descriptor: int, like: int) -> None:
    """Gives a file the owner, group, mode and attributes of another one, as far as it may.

    Oxios must still be able to read a file that root wrote, or another user of its group.

    Raises:
        PermissionError: The owner of that one could not read it any more.
    """
    replaced = os.fstat(like)
    own = os.fstat(descriptor)
    if (own.st_uid, own.st_gid) != (replaced.st_uid, replaced.st_gid):
        with suppress(OSError):  # only root may give files away
            os.fchown(descriptor, -1, replaced.st_gid)
        with suppress(OSError):
            os.fchown(descriptor, replaced.st_uid, -1)
        own = os.fstat(descriptor)
        if _shuts_out(own, replaced):
            raise PermissionError(errno.EPERM, "its owner could not read it any more")
    if sys.platform == "linux":
        _copy_attributes(descriptor, like)
    os.fchmod(descriptor, stat.S_IMODE(replaced.st_mode))


def _shuts_out(own: os.stat_result, replaced: os.stat_result) -> bool:
    """Whether the owner of a file that is replaced could not read what replaces it."""
    mode = replaced.st_mode
    shared = mode & (stat.S_IRGRP if own.st_gid == replaced.st_gid else stat.S_IROTH)
    return own.st_uid != replaced.st_uid and not shared


def _copy_attributes(descriptor: int, like: int) -> None:
    """Copies what users set: those of the system (`security.*`) belong to the file and its place.

    An ACL that a new file inherits from its folder goes, if the file that it replaces has none.
    """
    wanted = _attributes(like)
    for name in _attributes(descriptor) - wanted:
        os.removexattr(descriptor, name)
    for name in wanted:
        os.setxattr(descriptor, name, os.getxattr(like, name))


def _attributes(descriptor: int) -> set[str]:
    try:
        return {name for name in os.listxattr(descriptor) if name.startswith(_KEPT_ATTRIBUTES)}
    except OSError:  # a file system without any
        return set()
