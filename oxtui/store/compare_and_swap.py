"""Replacing a file only if it still is what the change was based on, beside writers without locks.

Oxios reads a session, and some time later renames a new one over it; it takes no lock, and a look
before our rename proves nothing. So what we replace is looked at when it has been replaced, and
nobody can read ours until that is done.

Our steps, on the file `path`, which is inode I when we begin:

1. Shut out who opens I to write to it in place. Somebody who has it open already is waited for.
2. Look: I holds what is expected, else nothing is done.
3. Write ours to a temp file, inode N, that nobody can open, and bring it to the disk.
4. Exchange the names of the two in one step: N is at `path`, and what was there is at the temp's.
5. Look what came out. If that is I, and nobody waits to write to it, N is right: done.
6. Else put right: a copy of what came out, again one that nobody can open, is exchanged for N. What
   comes out now must be N; if it is yet another file of theirs, a copy of that one is exchanged for
   our copy, and so on.
7. Let in who waits: who waits to open what is in place finds it, who waits to open one of ours that
   is out finds there the same as what is in place.

Theirs: *read* (open, read, close), *save* (rename a new file over `path`), *open* to write in
place, and *remove*. What is lost, for each of them between two of our steps:

| theirs | where | what happens | lost |
| --- | --- | --- | --- |
| read | before 4 | they read I; their save comes later | nothing |
| read | 4 to 7 | waits; then finds what is right | nothing |
| save | before 2 | seen in the look | nothing |
| save | 2 to 4 | comes out in 5, goes back in 6 | nothing |
| save | 4 to 6 | replaces N: comes out in 6, goes back | nothing |
| save | after 5 was right | theirs is the newest, made of what they read (1) | our change |
| open | before 1 | refused, after some patience | nothing |
| open | 1 to 4 | waits until 7, with I in hand: seen in 5, and I itself goes back | nothing |
| open | after 4 | waits for ours, and writes to that | nothing |
| open and save | two programs, 1 to 5 | the save stays | what is written in place, as without us |
| remove | before 4 | nothing to exchange: nothing is done | nothing |
| remove | 4 to 6 | ours, or the copy, is gone; it stays removed | nothing |

(1) Without our change, if they read I. Oxios takes a change back with any later turn in the same
way; who made it is told.

Everybody who reads after step 4 waits, so the rounds of step 6 are no more than there are programs
that had read before it. Writers of one file one after the other, as fast as they are, never lose
one. Each state that we ever put at `path`, in any round, is one of our own inodes that nobody can
open before it is known to be right. None is written to while anybody could have it open: the files
that step 7 fills were out of reach since they were made, and are nobody's name any more.

Where the system can't keep others out (a file system without leases, such as most of those in a
network; a file of another user, in a container without CAP_LEASE) or can't exchange two files (no
`renameat2`), all of that is a matter of luck, and luck is not relied on: such a file is written
only after it was left alone for three seconds, and one that is being written is refused. What
remains there is a save that comes out of the blue in the microseconds between two of our steps.

After 45 seconds (`/proc/sys/fs/lease-break-time`) the system lets in who waits. Who stops oxtui by
SIGSTOP between steps 4 and 7 of a write that others crossed, and for so long, can lose a turn.
A crash between these steps leaves what came out in the temp file, and `recovery` puts it back.
"""

import os
import stat
import time
from collections.abc import Iterable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final, NamedTuple

from oxtui.errors import OxtuiError, UnreadableError, WriteFailedError
from oxtui.store.durable import bring_to_disk, changed, dated, failures_told, sync_folder
from oxtui.store.leases import Opened, Writers, are_writers_waiting, open_without_writers
from oxtui.store.noting import Noting, unnoted
from oxtui.store.refusals import reason
from oxtui.store.regular_files import read_regular, read_whole
from oxtui.store.rename import exchange
from oxtui.store.temp_files import INCOMPLETE, TempFile, temp_file
from oxtui.store.temp_names import Swap, saved_path

QUIET_S: Final = 3.0
"""How long nobody may have written a file, where others can't be kept from reading and writing."""

_LOOK_AGAIN_S: Final = 0.2


def compare_and_swap(
    path: Path, expected: bytes, content: bytes, *, mtime_ns: int | None = None
) -> int:
    """As `swap`; it is on the disk then."""
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
    """Replaces the content of `path` only if it still is `expected`, as the module says.

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
        WriteFailedError: The system refused, or others are writing and can't be kept from it;
            `path` is as it was.
    """
    with failures_told(path):
        try:
            with (
                open_without_writers(path) as original,
                temp_file(
                    path, content, Swap.of(expected, content), like=original.descriptor
                ) as ours,
            ):
                written_ns = dated(ours, mtime_ns)
                _look(path, original, expected)
                with noting(written_ns) as noted:
                    bring_to_disk(ours, written_ns, noted)
                    if not (ours.is_closed and original.writers is Writers.NONE):
                        _wait_for_quiet(path, ours)
                        _look(path, original, expected)
                    _exchange(path, expected, content, original, ours)
                return written_ns
        except (FileNotFoundError, UnreadableError) as error:
            raise changed(path) from error


def _look(path: Path, original: Opened, expected: bytes) -> None:
    """Refuses to go on where the file is another one than the change was based on.

    Raises:
        ChangedError: It is.
    """
    if not (original.is_at(path) and original.holds(expected)):
        raise changed(path)


def _wait_for_quiet(path: Path, ours: TempFile) -> None:
    """Waits until nobody wrote a file for some seconds, by the clock of its file system.

    Raises:
        WriteFailedError: Somebody did meanwhile.
    """
    changed_ns = path.lstat().st_ctime_ns
    while True:
        os.fchmod(ours.descriptor, os.fstat(ours.descriptor).st_mode & 0o7777)  # the time is now
        left_s = QUIET_S - (os.fstat(ours.descriptor).st_ctime_ns - changed_ns) / 1e9
        if left_s <= 0:
            return
        time.sleep(min(left_s, _LOOK_AGAIN_S))
        if path.lstat().st_ctime_ns != changed_ns:
            raise WriteFailedError(
                f"{path.name} is being written by another program, which can't be kept from "
                "reading what is written here. Nothing was changed; try again when it is left "
                f"alone for {QUIET_S:g} s."
            )


def _exchange(
    path: Path, expected: bytes, content: bytes, original: Opened, ours: TempFile
) -> None:
    """Steps 4 to 7 of the module.

    Raises:
        ChangedError: Somebody had written or removed the file; it holds what they wrote.
    """
    if not exchange(ours.path, path):
        if ours.is_closed and original.writers is Writers.NONE:  # else it was waited for
            _wait_for_quiet(path, ours)
        _look(path, original, expected)
        ours.path.replace(path)
        return
    refused: OSError | None = None
    try:
        is_right = _is_right(original, ours.path, expected)
    except UnreadableError:
        is_right = False
    except OSError as error:
        is_right, refused = False, error
    if is_right:
        with suppress(OSError):  # `recovery` removes it
            ours.path.unlink()
        return
    with ExitStack() as copies:
        itself = original.is_at(ours.path)
        _put_right(path, _Placed(ours.inode, ours, content), copies, itself=itself)
    raise refused or changed(path)


def _is_right(original: Opened, came_out: Path, expected: bytes) -> bool:
    """Whether what came out is the file that was looked at, and nobody writes to it."""
    if not original.is_at(came_out):
        return False
    if original.writers is Writers.NONE:
        return not are_writers_waiting(original.descriptor)
    return original.holds(expected)


class _Placed(NamedTuple):
    """A file that goes or went to the path.

    Attributes:
        inode: The file.
        file: The same, if it is one of ours.
        content: What ours was written with.
    """

    inode: int
    file: TempFile | None = None
    content: bytes = b""


def _put_right(path: Path, ours: _Placed, copies: ExitStack, *, itself: bool) -> None:
    """Steps 6 and 7: brings back what the exchange for `ours` brought out.

    Args:
        path: The file.
        ours: What is there.
        copies: Removes copies.
        itself: Whether no copy goes back, since somebody writes to the very file.

    Raises:
        WriteFailedError: The system failed in between; what was to go back is kept.
    """
    assert ours.file
    placed, inside, before = [ours], ours, ours
    aside = theirs = ours.file.path
    is_right = writers_served = False
    try:
        while path.lstat().st_ino == inside.inode:
            if not is_right:  # what is aside belongs there
                theirs = aside
                copy = None if itself else _closed_copy(path, aside, inside, copies)
                going = copy or _Placed(aside.lstat().st_ino)
                aside = copy.file.path if copy and copy.file else aside
                placed.append(going)
            elif before.file and are_writers_waiting(before.file.descriptor) and not writers_served:
                # Ours is aside, and who waits to write to it would write to what is nobody's.
                writers_served = True
                _fill(before.file, inside.content)
                going = before._replace(content=inside.content)
            else:
                break
            exchange(aside, path)
            is_right = aside.lstat().st_ino == inside.inode
            before, inside, itself = inside, going, going.file is None
    except FileNotFoundError:
        pass  # they removed it, and it stays so
    except OSError as error:
        with suppress(OSError):  # then it stays where it is, and `recovery` sees to it
            theirs = theirs.rename(saved_path(path))
        raise WriteFailedError(
            f"{path} was written by two programs at once, and the system failed in between: "
            f"{reason(error)}. What the other program wrote is in {theirs.name}."
        ) from error
    _let_in(path, placed, inside)


def _closed_copy(path: Path, out: Path, inside: _Placed, copies: ExitStack) -> _Placed | None:
    """A copy of what came out that nobody can open; None where it has to go back itself."""
    if inside.file is None or not inside.file.is_closed:
        return None
    try:
        theirs = copies.enter_context(open_without_writers(out))
        content, status = read_whole(theirs.descriptor), os.fstat(theirs.descriptor)
        name = Swap.of(inside.content, content)
        copy = copies.enter_context(temp_file(path, content, name, like=theirs.descriptor))
        dated(copy, status.st_mtime_ns)
        os.fsync(copy.descriptor)
    except (OSError, OxtuiError):  # something else than a file, a full disk, still being written
        return None
    return _Placed(copy.inode, copy, content) if copy.is_closed else None


def _let_in(path: Path, placed: Iterable[_Placed], inside: _Placed) -> None:
    """Has those who wait to open a file of ours that is out find what is in place."""
    ours = [each.file for each in placed if each.file]
    for each in ours:
        each.path.unlink(missing_ok=True)  # half written, it would look like somebody's state
    try:
        there = path.lstat().st_ino
        known = inside.file and there == inside.inode
        content = inside.content if known else read_regular(path)
    except (OSError, UnreadableError):
        return
    for each in ours:
        if each.is_closed and each.inode != there:
            _fill(each, content)


def _fill(closed: TempFile, content: bytes) -> None:
    """Gives a file that nobody can open, and that is out, the content of what is in place.

    It is written in one piece, as long as it was, so that who waits finds all or nothing of it:
    space at its end means nothing in JSON and TOML.
    """
    status = os.fstat(closed.descriptor)
    os.fchmod(closed.descriptor, INCOMPLETE)  # after a crash it must not look like somebody's state
    with suppress(OSError):  # a full disk: they find what is whole, and no more
        os.pwrite(closed.descriptor, content.ljust(status.st_size), 0)
    os.fchmod(closed.descriptor, stat.S_IMODE(status.st_mode))
