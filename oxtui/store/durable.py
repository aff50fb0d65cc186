"""Writing, making and removing files whole and durably.

A port of `state_store.rs: durable_write`, which leaves its temp file behind when it fails. How a
file is changed that others write too is in `compare_and_swap`; what a crash leaves is seen to by
`recovery`.
"""

import os
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from oxtui.errors import ChangedError, OxtuiError, UnreadableError, WriteFailedError
from oxtui.store.leases import open_without_writers
from oxtui.store.noting import Noted, Noting, unnoted
from oxtui.store.refusals import explained
from oxtui.store.regular_files import open_regular, read_regular
from oxtui.store.rename import rename_new
from oxtui.store.temp_files import TempFile, temp_file
from oxtui.store.temp_names import Swap, saved_path, temp_path


def durable_write(path: Path, content: bytes) -> None:
    """Replaces or creates `path`, so that after a crash it holds all of the old or of the new.

    The content goes to a temp file in the same folder, then to the disk, then under its name.
    The mode and the owner of a file that is replaced are kept.

    Raises:
        WriteFailedError: The system refused; `path` is as it was, and no temp file is left.
    """
    with (
        failures_told(path),
        _opened(path) as replaced,
        temp_file(path, content, Swap.blind(), like=replaced) as temp,
    ):
        os.fsync(temp.descriptor)
        temp.path.replace(path)
    sync_folder(path.parent)


def create(
    path: Path,
    content: bytes,
    *,
    mtime_ns: int | None = None,
    like: int | None = None,
    noting: Noting[int] = unnoted,
) -> int:
    """Makes a file that is not there yet, durably.

    Args:
        path: The file.
        content: What it is to hold.
        mtime_ns: As that of `swap`, as is what is returned.
        like: The file whose owner, mode and attributes it gets, opened; None for a new file's.
        noting: As that of `swap`.

    Raises:
        ChangedError: Something has its name by now; it stays.
        WriteFailedError: The system refused; no temp file is left.
    """
    with failures_told(path), temp_file(path, content, Swap.blind(), like=like) as temp:
        written_ns = dated(temp, mtime_ns)
        with noting(written_ns) as noted:
            bring_to_disk(temp, written_ns, noted)
            try:
                rename_new(temp.path, path)
            except FileExistsError as error:
                raise changed(path) from error
    sync_folder(path.parent)
    return written_ns


def remove(path: Path, expected: bytes) -> None:
    """Removes a file only if it still is `expected`, durably.

    Raises:
        ChangedError: Somebody else wrote or removed the file; it holds what they wrote.
        WriteFailedError: The system refused; `path` is as it was.
    """
    aside = temp_path(path, Swap.of(expected, None))
    with failures_told(path), ExitStack() as opened:
        try:
            original = opened.enter_context(open_without_writers(path))
            if not (original.is_at(path) and original.holds(expected)):
                raise changed(path)
            path.rename(aside)
        except (FileNotFoundError, UnreadableError) as error:
            raise changed(path) from error
        try:
            if read_regular(aside) != expected:
                raise changed(path)
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


def dated(temp: TempFile, mtime_ns: int | None) -> int:
    """Gives a file a time of modification, if one is wanted; returns the one that it has."""
    if mtime_ns is not None:
        os.utime(temp.descriptor, ns=(mtime_ns, mtime_ns))
    return os.fstat(temp.descriptor).st_mtime_ns


def bring_to_disk(temp: TempFile, mtime_ns: int, noted: Noted) -> None:
    """Brings a temp file to the disk, with the time that was noted of it, and the note as well."""
    os.fsync(temp.descriptor)
    if os.fstat(temp.descriptor).st_mtime_ns != mtime_ns:  # of a server, which had it only now
        os.utime(temp.descriptor, ns=(mtime_ns, mtime_ns))
    if noted:
        noted()


def changed(path: Path) -> ChangedError:
    """What to raise where others wrote a file."""
    return ChangedError(
        f"{path.name} was changed by another program. Look at it again, then retry."
    )


@contextmanager
def _opened(path: Path) -> Generator[int | None]:
    """A regular file, opened; None where there is none, or something else."""
    try:
        descriptor = open_regular(os.fspath(path), os.O_RDONLY)
    except (FileNotFoundError, UnreadableError):
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Brings the names in `folder` to the disk, as far as the file system can."""
    with suppress(OSError):  # not every file system can, and the content already is there
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


@contextmanager
def failures_told(path: Path) -> Generator[None]:
    """Says of a write to `path` that the system refused why that was.

    Raises:
        WriteFailedError: It did.
    """
    try:
        yield
    except OSError as error:
        raise WriteFailedError(
            f"{path} was not written: {explained(error, 'It is as it was.')}"
        ) from error
