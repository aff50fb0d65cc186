"""The only way in which oxtui changes a file: whole, durable, and never over somebody else's work.

A port of `state_store.rs: durable_write`, which leaves its temp file behind when it fails and
knows nothing of other writers. What a crash leaves is seen to by `recovery`.
"""

import errno
import os
import stat
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, NamedTuple, cast

from oxtui.errors import ChangedError, OxtuiError, UnreadableError, WriteFailedError
from oxtui.store.leases import rewrite, unseen
from oxtui.store.noting import Noted, Noting, unnoted
from oxtui.store.ownership import give_to_owner_of
from oxtui.store.refusals import explained, reason
from oxtui.store.regular_files import read_regular, write_all
from oxtui.store.rename import exchange, rename_new
from oxtui.store.temp_names import Swap, saved_path, temp_path

_NEW_FILE_MODE: Final = 0o666  # less what the user's umask takes away

INCOMPLETE: Final = 0
"""The mode of a temp file that is to be swapped, as long as it is being written."""


def durable_write(path: Path, content: bytes) -> None:
    """Replaces or creates `path`, so that after a crash it holds all of the old or of the new.

    The content goes to a temp file in the same folder, then to the disk, then under its name.
    The mode and the owner of a file that is replaced are kept.

    Raises:
        WriteFailedError: The system refused; `path` is as it was, and no temp file is left.
    """
    with _failures_said(path), _temporary(path, content, Swap.blind()) as temp:
        os.fsync(temp.descriptor)
        temp.path.replace(path)
    sync_folder(path.parent)


def create(
    path: Path, content: bytes, *, mtime_ns: int | None = None, noting: Noting[int] = unnoted
) -> int:
    """Makes a file that is not there yet, durably; arguments and result as those of `swap`.

    Raises:
        ChangedError: Something has its name by now; it stays.
        WriteFailedError: The system refused; no temp file is left.
    """
    with _failures_said(path), _temporary(path, content, Swap.blind()) as temp:
        written_ns = _dated(temp, mtime_ns)
        with noting(written_ns) as noted:
            _bring_to_disk(temp, written_ns, noted)
            try:
                rename_new(temp.path, path)
            except FileExistsError as error:
                raise _changed(path) from error
    sync_folder(path.parent)
    return written_ns


def remove(path: Path, expected: bytes) -> None:
    """Removes a file only if it still is `expected`, durably.

    Raises:
        ChangedError: Somebody else wrote or removed the file; it holds what they wrote.
        WriteFailedError: The system refused; `path` is as it was.
    """
    aside = temp_path(path, Swap.of(expected, None))
    with _failures_said(path):
        try:
            if read_regular(path) != expected:
                raise _changed(path)
            path.rename(aside)
        except (FileNotFoundError, UnreadableError) as error:
            raise _changed(path) from error
        try:
            if read_regular(aside) != expected:
                raise _changed(path)
        except (OSError, OxtuiError):
            give_back(aside, path)
            raise
        with suppress(OSError):  # `recovery` removes it
            aside.unlink()
    sync_folder(path.parent)


def give_back(aside: Path, path: Path) -> Path:
    """Moves what another program wrote to where it belongs, or beside that if there is another.

    Returns:
        Where it is now.

    Raises:
        OSError: The system refused; it is where it was.
    """
    try:
        rename_new(aside, path)
    except FileExistsError:
        return aside.rename(saved_path(path))
    return path


def compare_and_swap(
    path: Path, expected: bytes, content: bytes, *, mtime_ns: int | None = None
) -> int:
    """Replaces the content of `path` only if it still is `expected`, durably; see `swap`.

    Returns:
        The time of modification that it has, in nanoseconds since the epoch.

    Raises:
        ChangedError: Somebody else wrote or removed the file; it holds what they wrote.
        WriteFailedError: The system refused; `path` is as it was.
    """
    written_ns = swap(path, expected, content, mtime_ns=mtime_ns)
    sync_folder(path.parent)
    return written_ns


def swap(
    path: Path,
    expected: bytes,
    content: bytes,
    *,
    mtime_ns: int | None = None,
    noting: Noting[int] = unnoted,
) -> int:
    """Replaces the content of `path` only if it still is `expected`.

    Oxios takes no lock, so a look before the write proves nothing. Where the system can swap two
    files, the swap itself brings out what was replaced, and when that is something else than
    `expected`, it is swapped back before anybody could open ours: nothing is ever lost. Elsewhere
    the look comes right before the rename. That finds every write up to the look; one that another
    program puts in place in the microseconds between the two is lost.

    After a crash of the system the file holds all of the old or of the new. Which of them is
    certain only after `sync_folder`, which who writes many files needs only once.

    Args:
        path: The file.
        expected: What the change was based on.
        content: What it is to hold.
        mtime_ns: The time of modification to give it, in nanoseconds since the epoch; else now.
        noting: Entered when the content is written, left when it has its name. In between, content
            and note are brought to the disk side by side.

    Returns:
        The time of modification that it has, in nanoseconds since the epoch.

    Raises:
        ChangedError: Somebody else wrote or removed the file; it holds what they wrote.
        WriteFailedError: The system refused; `path` is as it was.
    """
    name = Swap.of(expected, content)
    try:
        with _failures_said(path), _temporary(path, content, name) as temp:
            written_ns = _dated(temp, mtime_ns)
            try:
                if read_regular(path) != expected:
                    raise _changed(path)
                with noting(written_ns) as noted:
                    _bring_to_disk(temp, written_ns, noted)
                    if not _swapped(temp, path, expected):
                        raise _changed(path)
            except FileNotFoundError as error:
                raise _changed(path) from error
            return written_ns
    except UnreadableError as error:
        raise _changed(path) from error


def _dated(temp: "_Temp", mtime_ns: int | None) -> int:
    if mtime_ns is not None:
        os.utime(temp.descriptor, ns=(mtime_ns, mtime_ns))
    return os.fstat(temp.descriptor).st_mtime_ns


def _bring_to_disk(temp: "_Temp", mtime_ns: int, noted: Noted) -> None:
    """Brings a temp file to the disk, with the time that was noted of it, and the note as well."""
    os.fsync(temp.descriptor)
    if os.fstat(temp.descriptor).st_mtime_ns != mtime_ns:  # of a server, which had it only now
        os.utime(temp.descriptor, ns=(mtime_ns, mtime_ns))
    if noted:
        noted()


class _Temp(NamedTuple):
    """A temp file, which stays open so that no other file can get its inode."""

    path: Path
    descriptor: int


def _swapped(temp: _Temp, path: Path, expected: bytes) -> bool:
    """Puts `temp` in place of `path`, if that is `expected`; else it is as if nothing had been."""
    with unseen(temp.descriptor):
        if not exchange(temp.path, path):
            if read_regular(path) != expected:
                return False
            temp.path.replace(path)
            return True
        refused: OSError | None = None
        try:
            found = read_regular(temp.path)
        except UnreadableError:
            found = temp.path.lstat().st_ino
        except OSError as error:
            found, refused = temp.path.lstat().st_ino, error
        if found == expected:
            with suppress(OSError):  # `recovery` removes it
                temp.path.unlink()
            return True
        _swap_back(temp, path, found)
        temp.path.unlink(missing_ok=True)  # half rewritten, it would look like somebody's state
        if isinstance(found, bytes):
            rewrite(temp.descriptor, found)  # for who is waiting to open it
        if refused:
            raise refused
        return False


def _swap_back(temp: _Temp, path: Path, found: bytes | int) -> None:
    """Undoes a swap that brought out `found`, which is at `temp` and belongs under `path`.

    Others may write `path` at any moment. What they put there is the newest, so it stays, or is put
    back in turn; what they removed stays removed. What is left at `temp` in the end is ours, or was
    replaced by others and not by us.
    """
    ours = os.fstat(temp.descriptor).st_ino
    inside, outside = cast("bytes | int", ours), found
    try:
        if path.lstat().st_ino != ours:
            return
        while True:
            exchange(temp.path, path)
            came_out = ours if temp.path.lstat().st_ino == ours else _state(temp.path)
            if came_out == inside:
                return
            inside, outside = outside, came_out
    except FileNotFoundError:
        return
    except OSError as error:
        kept = temp.path
        with suppress(OSError):  # then it stays where it is, and `recovery` sees to it
            kept = kept.rename(saved_path(path))
        raise WriteFailedError(
            f"{path} was written by two programs at once, and the system failed in between: "
            f"{reason(error)}. What the other program wrote is in {kept.name}."
        ) from error


def _state(path: Path) -> bytes | int:
    """What tells whether a file is still the same: its content, or of other things the inode."""
    try:
        return read_regular(path)
    except (UnreadableError, OSError):
        return path.lstat().st_ino


def _changed(path: Path) -> ChangedError:
    return ChangedError(
        f"{path.name} was changed by another program. Look at it again, then retry."
    )


@contextmanager
def _temporary(path: Path, content: bytes, swap: Swap) -> Generator[_Temp]:
    """A temp file beside `path` that is written when the body runs, and gone after it.

    One that is to be swapped with a file shows by its mode whether it is whole: after a crash it
    must not be taken for what another program wrote.
    """
    temp = temp_path(path, swap)
    replaced = _status_of(path)
    if replaced is None and not swap.is_blind:
        raise _changed(path)
    mode = stat.S_IMODE(replaced.st_mode) if replaced else _NEW_FILE_MODE
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    descriptor = os.open(temp, flags, mode if swap.is_blind else INCOMPLETE)
    try:
        write_all(descriptor, content)
        if replaced:
            _make_like(descriptor, replaced)
        else:
            give_to_owner_of(path.parent, descriptor)
        yield _Temp(temp, descriptor)
    finally:
        with suppress(OSError):  # what is left, `recovery` removes
            if temp.lstat().st_ino == os.fstat(descriptor).st_ino:  # else it is somebody's work
                temp.unlink()
        os.close(descriptor)


def _status_of(path: Path) -> os.stat_result | None:
    """The status of a regular file; None where there is none, or something else."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def _make_like(descriptor: int, replaced: os.stat_result) -> None:
    """Gives a file the owner, the group and the mode of the one that it replaces, as far as it may.

    Oxios must still be able to read a file that root wrote, or another user of its group.

    Raises:
        PermissionError: The owner of that one could not read it any more.
    """
    mode = stat.S_IMODE(replaced.st_mode)
    own = os.fstat(descriptor)
    if (own.st_uid, own.st_gid) != (replaced.st_uid, replaced.st_gid):
        with suppress(OSError):  # only root may give files away
            os.fchown(descriptor, -1, replaced.st_gid)
        with suppress(OSError):
            os.fchown(descriptor, replaced.st_uid, -1)
        own = os.fstat(descriptor)
        if _shuts_out(own, replaced):
            raise PermissionError(errno.EPERM, "its owner could not read it any more")
    os.fchmod(descriptor, mode)


def _shuts_out(own: os.stat_result, replaced: os.stat_result) -> bool:
    """Whether the owner of a file that is replaced could not read what replaces it."""
    mode = replaced.st_mode
    shared = mode & (stat.S_IRGRP if own.st_gid == replaced.st_gid else stat.S_IROTH)
    return own.st_uid != replaced.st_uid and not shared


def sync_folder(folder: Path) -> None:
    """Brings the names in `folder` to the disk, as far as the file system can."""
    with suppress(OSError):  # not every file system can, and the content already is there
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def _failures_said(path: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        raise WriteFailedError(
            f"{path} was not written: {explained(error, 'It is as it was.')}"
        ) from error
