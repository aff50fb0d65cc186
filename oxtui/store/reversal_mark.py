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
from oxtui.store.locking import REVERSAL, store_lock
from oxtui.store.origin import Origin
from oxtui.store.own_folder import open_file_at, own_folder, own_path
from oxtui.store.refusals import explained

_MOST_BYTES: Final = 1_000


class Unfinished(msgspec.Struct, frozen=True, tag="unfinished"):
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
        with store_lock(base):  # which makes the store known, by one process at a time
            pass
        try:
            with own_folder(base, make=True) as folder:
                mark = cls(open_file_at(folder, REVERSAL, os.O_RDWR | os.O_CREAT))
            try:
                fcntl.flock(mark._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.ftruncate(mark._descriptor, 0)
                record, origin = msgspec.json.encode(unfinished), Origin.known(base)
                os.pwrite(mark._descriptor, origin.proved(record) if origin else record, 0)
            except OSError:
                mark.close()
                raise
        except BlockingIOError as error:
            raise WriteFailedError(
                "Another oxtui is undoing or redoing something here. Try again when it is done."
            ) from error
        except OSError as error:
            raise WriteFailedError(
                f"{own_path(base, REVERSAL)} was not written: "
                f"{explained(error, 'Nothing was changed.')}"
            ) from error
        return mark

    @classmethod
    def left(cls, base: Path) -> "tuple[Self, Unfinished] | None":
        """The mark that a process of this user left which was ended in the middle."""
        try:
            origin = Origin.known(base)
            with own_folder(base) as folder:
                mark = cls(open_file_at(folder, REVERSAL, os.O_RDWR))
        except OSError:
            return None  # nothing was ever reversed here, or nobody can
        try:
            fcntl.flock(mark._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            record = os.pread(mark._descriptor, _MOST_BYTES, 0)
            if origin and origin.proves(record):
                return mark, msgspec.json.decode(record, type=Unfinished)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            pass
        mark.close()
        return None

    def clear(self) -> None:
        """Says that the act is reversed, or was left as it is."""
        with suppress(OSError):  # then the next start finds that there is nothing to do
            os.ftruncate(self._descriptor, 0)

    def close(self) -> None:
        """Lets others set a mark. One that was not cleared stays for the next start."""
        os.close(self._descriptor)
