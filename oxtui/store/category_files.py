"""The files of any category: small ones, read whole, and their names."""

import os
from pathlib import Path
from typing import Final

from oxtui.errors import UnreadableError, WriteFailedError
from oxtui.store.ownership import make_folder
from oxtui.store.refusals import explained
from oxtui.store.regular_files import check_size, open_regular

SUFFIXES: Final = (".json", ".md")


async def read_file(path: Path) -> bytes | None:
    """The content of a regular file; None if there is no such file.

    Raises:
        UnreadableError: It is no regular file, too large, or the system refused.
    """
    import aiofiles  # which nothing needs that only lists

    try:
        async with aiofiles.open(path, "rb", opener=open_regular) as file:
            check_size(os.fstat(file.fileno()).st_size)
            return await file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UnreadableError(f"{path} can't be read: {explained(error)}") from error


def text_of(content: bytes) -> str:
    """The text that the bytes of a file are.

    Raises:
        UnreadableError: They are not UTF-8.
    """
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise UnreadableError(f"not UTF-8 at byte {error.start}") from error


def names_in(folder: Path) -> list[str]:
    """The names of what lies in a folder, without their endings, in order, each once."""
    try:
        found = [path for path in folder.iterdir() if path.suffix in SUFFIXES]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted({path.stem for path in found})


def make_category(folder: Path) -> None:
    """Makes the folder of a category, if it is not there.

    Raises:
        WriteFailedError: The system refused.
    """
    try:
        make_folder(folder, parents=True)
    except OSError as error:
        raise WriteFailedError(f"{folder} was not made: {explained(error)}") from error
