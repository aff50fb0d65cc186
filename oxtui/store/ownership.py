"""Whose the files are that oxtui makes: also when root makes them, those of who owns the store.

One `sudo oxtui` must not shut Oxios out of its own store.
"""

import os
from contextlib import suppress
from pathlib import Path


def give_to_owner_of(folder: int | Path, made: int | Path) -> None:
    """Gives what root has just made to who owns a folder; does nothing for who is not root.

    Args:
        folder: The folder.
        made: What was made; never what was there, which may be a second name of anything.
    """
    if os.geteuid():
        return
    with suppress(OSError):  # not every file system can
        status = os.stat(folder)  # noqa: PTH116 - which may be a descriptor
        if isinstance(made, int):
            os.fchown(made, status.st_uid, status.st_gid)
        else:
            os.chown(made, status.st_uid, status.st_gid, follow_symlinks=False)


def make_folder(folder: Path, *, parents: bool = False) -> None:
    """Makes a folder, unless it is there.

    Args:
        folder: The folder.
        parents: Whether to make those above it as well.

    Raises:
        OSError: As `os.mkdir`.
    """
    try:
        folder.mkdir()
    except FileExistsError:
        if not folder.is_dir():
            raise
    except FileNotFoundError:
        if not parents or folder.parent == folder:
            raise
        make_folder(folder.parent, parents=True)
        make_folder(folder)
    else:
        give_to_owner_of(folder.parent, folder)
