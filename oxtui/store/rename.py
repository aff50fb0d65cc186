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

_RenameAt2 = Callable[[bytes, bytes, int], int]
"""Renames the first to the second, with flags; returns the number of an error, 0 for none."""


def exchange(one: Path, other: Path) -> bool:
    """Swaps two files in one step that nobody can see half of.

    Returns:
        False where the system can't, and nothing was done.

    Raises:
        OSError: As `os.rename`; FileNotFoundError when one of them is not there.
    """
    return _rename(one, other, _EXCHANGE)


def rename_new(source: Path, target: Path) -> None:
    """Renames `source`, but never over a file that is there.

    Raises:
        FileExistsError: There is something at `target`.
        OSError: As `os.rename`.
    """
    if not _rename(source, target, _NOREPLACE):
        os.link(source, target, follow_symlinks=False)
        source.unlink()


def _rename(source: Path, target: Path, flags: int) -> bool:
    renameat2 = _renameat2()
    if renameat2 is None:
        return False
    code = renameat2(os.fsencode(source), os.fsencode(target), flags)
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

    def renameat2(source: bytes, target: bytes, flags: int) -> int:
        failed = function(_AT_FDCWD, source, _AT_FDCWD, target, flags)
        return ctypes.get_errno() if failed else 0

    return renameat2
