"""The two renames that Python does not offer: swap two files, and never replace one.

Both are `renameat2(2)` of Linux. Elsewhere, and on file systems that refuse it, they say so, and
the callers fall back to what POSIX has.
"""

import errno
import os
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

_AT_FDCWD: Final = -100
_NOREPLACE: Final = 1
_EXCHANGE: Final = 2
_UNSUPPORTED: Final = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EPERM})

_RenameAt2 = Callable[[int, bytes, int, bytes, int], int]
"""Renames a name in a folder to one in another, with flags; returns an error's number, or 0."""


def exchange(one: Path, other: Path) -> bool:
    """Swaps two files in one step that nobody can see half of.

    Returns:
        False where the system can't, and nothing was done.

    Raises:
        OSError: As `os.rename`; FileNotFoundError when one of them is not there.
    """
    return _rename(one, other, _EXCHANGE)


def rename_new(
    source: str | Path,
    target: str | Path,
    *,
    src_dir_fd: int | None = None,
    dst_dir_fd: int | None = None,
) -> None:
    """Renames `source`, but never over a file that is there; arguments as of `os.rename`.

    Raises:
        FileExistsError: There is something at `target`.
        OSError: As `os.rename`.
    """
    if not _rename(source, target, _NOREPLACE, src_dir_fd, dst_dir_fd):
        os.link(
            source,
            target,
            src_dir_fd=src_dir_fd,
            dst_dir_fd=dst_dir_fd,
            follow_symlinks=False,
        )
        os.unlink(source, dir_fd=src_dir_fd)


def _rename(
    source: str | Path,
    target: str | Path,
    flags: int,
    src_dir_fd: int | None = None,
    dst_dir_fd: int | None = None,
) -> bool:
    renameat2 = _renameat2()
    if renameat2 is None:
        return False
    folders = [_AT_FDCWD if each is None else each for each in (src_dir_fd, dst_dir_fd)]
    code = renameat2(folders[0], os.fsencode(source), folders[1], os.fsencode(target), flags)
    if code == 0:
        return True
    if code in _UNSUPPORTED:
        return False
    raise OSError(code, os.strerror(code), str(source), None, str(target))


@cache
def _renameat2() -> _RenameAt2 | None:
    if sys.platform != "linux":
        return None
    import ctypes  # who only reads needs none of it

    function = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if function is None:
        return None
    function.argtypes = (
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_int,
        ctypes.c_char_p,
        ctypes.c_uint,
    )
    function.restype = ctypes.c_int

    def renameat2(*args: int | bytes) -> int:
        failed = function(*args)
        return ctypes.get_errno() if failed else 0

    return renameat2
