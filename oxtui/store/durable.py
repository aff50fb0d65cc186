"""The only way in which oxtui changes a file: whole, durable, and never over somebody else's work.

A port of `state_store.rs: durable_write`, which leaves its temp file behind when it fails and
knows nothing of other writers. The temp file's name is Oxios' own, so both programs ignore it.
"""

import os
import stat
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple
from uuid import uuid4

from oxtui.errors import ChangedError, UnreadableError, WriteFailedError
from oxtui.store.rename import exchange

_NEW_FILE_MODE: Final = 0o644


class FileState(NamedTuple):
    """The content of a file and its time of modification, nanoseconds since the epoch."""

    content: bytes
    mtime_ns: int


def open_regular(path: str, flags: int) -> int:
    """An `opener` for `open` that opens regular files only, and never waits.

    Opening a FIFO blocks until somebody writes to it, a device may do anything, and a link may
    lead out of the store.

    Raises:
        UnreadableError: It is something else than a regular file.
        OSError: As `os.open`.
    """
    try:
        descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        if Path(path).is_symlink():
            raise UnreadableError("a link, not a file") from error
        raise
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    raise UnreadableError(f"{_kind(mode)}, not a file")


def _kind(mode: int) -> str:
    names = {
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a FIFO",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    return names.get(stat.S_IFMT(mode), "something else")


def read_regular(path: Path) -> bytes:
    """The content of a regular file.

    Raises:
        UnreadableError: It is something else than a regular file.
        OSError: As `open`.
    """
    with open(path, "rb", opener=open_regular) as file:
        return file.read()


def read_state(path: Path) -> FileState:
    """The content and time of modification of a regular file, as `read_regular`."""
    with open(path, "rb", opener=open_regular) as file:
        return FileState(file.read(), os.fstat(file.fileno()).st_mtime_ns)


def durable_write(path: Path, content: bytes) -> None:
    """Replaces or creates `path`, so that after a crash it holds all of the old or of the new.

    The content goes to a temp file in the same folder, then to the disk, then under its name.
    The mode of a file that is replaced is kept.

    Raises:
        WriteFailedError: The system refused; `path` is as it was, and no temp file is left.
    """
    with _failures_said(path), _temporary(path, content, _mode_of(path)) as temp:
        temp.replace(path)
        sync_folder(path.parent)


def compare_and_swap(
    path: Path, expected: bytes, content: bytes, *, mtime_ns: int | None = None
) -> int:
    """Replaces the content of `path` only if it still is `expected`.

    Oxios takes no lock, so a look before the write proves nothing. Where the system can swap two
    files, the swap itself brings out what was replaced, and when that is something else than
    `expected`, it is swapped back. Elsewhere the look comes right before the rename.

    Args:
        path: The file.
        expected: What the change was based on.
        content: What it is to hold.
        mtime_ns: The time of modification to give it, in nanoseconds since the epoch; else now.

    Returns:
        The time of modification that it has, in nanoseconds since the epoch.

    Raises:
        ChangedError: Somebody else wrote or removed the file; it holds what they wrote.
        WriteFailedError: The system refused; `path` is as it was.
    """
    with _failures_said(path), _temporary(path, content, _mode_of(path)) as temp:
        if mtime_ns is not None:
            os.utime(temp, ns=(mtime_ns, mtime_ns))
        written_ns = temp.stat().st_mtime_ns
        try:
            if not exchange(temp, path):
                _replace_if(path, expected, temp)
            elif read_regular(temp) != expected:
                _swap_back(temp, path)
                raise _changed(path)
        except (FileNotFoundError, UnreadableError) as error:
            raise _changed(path) from error
        sync_folder(path.parent)
        return written_ns


def _replace_if(path: Path, expected: bytes, temp: Path) -> None:
    if read_regular(path) != expected:
        raise _changed(path)
    temp.replace(path)


def _swap_back(temp: Path, path: Path) -> None:
    """Undoes a swap: what `temp` holds belongs under `path`.

    If somebody wrote `path` in between, theirs comes out instead of ours and is put back in turn.
    If somebody removed it, it stays removed.
    """
    put_in = path.stat().st_ino
    try:
        while True:
            next_put_in = temp.stat().st_ino
            exchange(temp, path)
            if temp.stat().st_ino == put_in:
                return
            put_in = next_put_in
    except FileNotFoundError:
        return
    except OSError as error:
        kept = temp.rename(path.with_name(f"{path.name}.{uuid4()}.saved"))
        raise WriteFailedError(
            f"{path} was written by two programs at once, and the system failed in between: "
            f"{error.strerror}. What the other program wrote is in {kept.name}."
        ) from error


def _changed(path: Path) -> ChangedError:
    return ChangedError(
        f"{path.name} was changed by another program. Look at it again, then retry."
    )


@contextmanager
def _temporary(path: Path, content: bytes, mode: int) -> Generator[Path]:
    """A temp file beside `path` that is on the disk when the body runs, and gone after it."""
    temp = path.with_name(f"{path.name}.{os.getpid()}.{uuid4()}.tmp")
    try:
        descriptor = os.open(temp, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with open(descriptor, "wb") as file:  # noqa: PTH123 - it is a descriptor
            file.write(content)
            file.flush()
            os.fchmod(descriptor, mode)
            os.fsync(descriptor)
        yield temp
    finally:
        temp.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Brings the names in `folder` to the disk, as far as the file system can."""
    with suppress(OSError):  # not every file system can, and the content already is there
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _mode_of(path: Path) -> int:
    try:
        return stat.S_IMODE(path.lstat().st_mode)
    except FileNotFoundError:
        return _NEW_FILE_MODE


@contextmanager
def _failures_said(path: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        raise WriteFailedError(f"{path} was not written: {reason}. It is as it was.") from error
