"""Knowing after a crash that an act was being taken back, or done again.

That is many changes, and the journal says so only once they are done. So a file says which act it
is meanwhile, and is locked: when nobody holds the lock and it still says so, then who did it was
ended in the middle, and `recovery` does the rest.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

import msgspec

from oxtui.errors import WriteFailedError
from oxtui.store.locking import OXTUI_FOLDER, REVERSAL, open_within
from oxtui.store.refusals import explained

_FLAGS: Final = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
_MOST_BYTES: Final = 1_000


class Unfinished(msgspec.Struct, frozen=True):
    """An act that is being taken back, or done again."""

    act_id: str
    undone: bool


class ReversalMark:
    """The mark of an act that is being reversed; whoever made it closes it."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def set(cls, base: Path, unfinished: Unfinished) -> Self:
        """Marks an act before the first of its changes is reversed.

        Raises:
            WriteFailedError: Another oxtui is reversing one, or the system refused.
        """
        path = base / OXTUI_FOLDER / REVERSAL
        try:
            mark = cls(open_within(path, _FLAGS | os.O_CREAT, 0o666))
            try:
                fcntl.flock(mark._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.truncate(mark._descriptor, 0)
                os.pwrite(mark._descriptor, msgspec.json.encode(unfinished), 0)
            except OSError:
                mark.close()
                raise
        except BlockingIOError as error:
            raise WriteFailedError(
                "Another oxtui is undoing or redoing something here. Try again when it is done."
            ) from error
        except OSError as error:
            raise WriteFailedError(
                f"{path} was not written: {explained(error, 'Nothing was changed.')}"
            ) from error
        return mark

    @classmethod
    def left(cls, base: Path) -> "tuple[Self, Unfinished] | None":
        """The mark that a process left which was ended in the middle, and what it was doing."""
        try:
            descriptor = os.open(base / OXTUI_FOLDER / REVERSAL, _FLAGS)
        except OSError:
            return None  # nothing was ever reversed here, or nobody can
        mark = cls(descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return mark, msgspec.json.decode(os.pread(descriptor, _MOST_BYTES, 0), type=Unfinished)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            mark.close()
            return None

    def clear(self) -> None:
        """Says that the act is reversed, or was left as it is."""
        with suppress(OSError):  # then the next start finds that there is nothing to do
            os.truncate(self._descriptor, 0)

    def close(self) -> None:
        """Lets others set a mark. One that was not cleared stays for the next start."""
        os.close(self._descriptor)
