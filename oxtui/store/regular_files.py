"""Reading files that anybody may have put there: regular ones only, and none beyond all bounds."""

import os
import stat
import time
from pathlib import Path
from typing import Final, NamedTuple

from oxtui.errors import UnreadableError

LARGEST: Final = 256 << 20
"""The most bytes that a file to be read whole may have; more would stop everything for seconds."""

_PART: Final = 1 << 20
_ATTEMPTS_TO_OPEN: Final = 1_000
_RETRY_S: Final = 0.001


class FileState(NamedTuple):
    """The content of a file and its time of modification, nanoseconds since the epoch."""

    content: bytes
    mtime_ns: int


def open_regular(path: str, flags: int) -> int:
    """An `opener` for `open` that opens regular files only.

    Opening a FIFO blocks until somebody writes to it, a device may do anything, and a link may
    lead out of the store.

    Raises:
        UnreadableError: It is something else than a regular file.
        OSError: As `os.open`.
    """
    _check_regular(os.lstat(path).st_mode)
    return _open_seen(path, flags)[0]


def _open_seen(path: str, flags: int, dir_fd: int | None = None) -> tuple[int, int]:
    """Opens what was a regular file a moment ago; a descriptor and the size."""
    descriptor = _open_patiently(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd)
    try:
        status = os.fstat(descriptor)
        _check_regular(status.st_mode)  # it may have become another thing since
    except UnreadableError:
        os.close(descriptor)
        raise
    return descriptor, status.st_size


def _open_patiently(path: str, flags: int, dir_fd: int | None) -> int:
    """Waits for a file that another oxtui is just putting in place; see `leases`."""
    for _ in range(_ATTEMPTS_TO_OPEN):
        try:
            return os.open(path, flags, dir_fd=dir_fd)
        except BlockingIOError:
            time.sleep(_RETRY_S)
    return os.open(path, flags, dir_fd=dir_fd)


def _check_regular(mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise UnreadableError(f"{kind_of(mode)}, not a file")


def kind_of(mode: int) -> str:
    """What something of this mode is, for the user."""
    names = {
        stat.S_IFREG: "a file",
        stat.S_IFLNK: "a link",
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a FIFO",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    return names.get(stat.S_IFMT(mode), "something else")


def check_size(size: int) -> None:
    """Refuses a file that is too large to be read whole.

    Raises:
        UnreadableError: It has so many bytes.
    """
    if size > LARGEST:
        raise UnreadableError(f"larger than {LARGEST >> 20} MB")


def read_regular(path: Path) -> bytes:
    """The content of a regular file.

    Raises:
        UnreadableError: It is something else than a regular file, or too large, or grows too large
            while it is read.
        OSError: As `open`.
    """
    return read_seen(os.fspath(path), os.lstat(path))


def read_seen(path: str, status: os.stat_result) -> bytes:
    """As `read_regular`, for who has just looked at the file.

    Args:
        path: The file.
        status: What `os.lstat` says of it.
    """
    _check_regular(status.st_mode)
    descriptor, size = _open_seen(path, os.O_RDONLY)
    try:
        check_size(size)
        return _read_all(descriptor, size)
    finally:
        os.close(descriptor)


def read_whole(descriptor: int) -> bytes:
    """The content of a file that is open.

    Raises:
        UnreadableError: It is too large.
        OSError: The system refused.
    """
    os.lseek(descriptor, 0, os.SEEK_SET)
    size = os.fstat(descriptor).st_size
    check_size(size)
    return _read_all(descriptor, size)


def read_state(path: str | Path, *, dir_fd: int | None = None) -> FileState:
    """The content and time of modification of a regular file.

    Args:
        path: The file.
        dir_fd: The folder that it is in, opened; None where `path` says that.

    Raises:
        UnreadableError: It is something else than a regular file, or too large.
        OSError: As `open`.
    """
    _check_regular(os.lstat(path, dir_fd=dir_fd).st_mode)
    descriptor, _ = _open_seen(os.fspath(path), os.O_RDONLY, dir_fd)
    try:
        return FileState(read_whole(descriptor), os.fstat(descriptor).st_mtime_ns)
    finally:
        os.close(descriptor)


def _read_all(descriptor: int, size: int) -> bytes:
    """What a file holds that had `size` bytes.

    Raises:
        UnreadableError: It grows too large while it is read.
    """
    content = os.read(descriptor, size + 1)
    if len(content) == size:
        return content
    parts = [content]  # it grows, or comes in pieces
    while parts[-1]:
        check_size(sum(map(len, parts)))
        parts.append(os.read(descriptor, _PART))
    return b"".join(parts)


def write_all(descriptor: int, content: bytes) -> None:
    """Writes all of `content`, in however many pieces the system takes it.

    Raises:
        OSError: As `os.write`.
    """
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
