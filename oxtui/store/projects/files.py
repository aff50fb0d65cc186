"""Projects of a store without Oxios' database: one `projects/<uuid>.json` each.

The file holds `id`, `name`, `icon`, `created_at`, `updated_at`, and whatever else others put there.
"""

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast
from uuid import UUID

from oxtui.errors import (
    ChangedError,
    NotFoundError,
    ReadOnlyError,
    UnreadableError,
    WriteFailedError,
)
from oxtui.store.compare_and_swap import swap
from oxtui.store.durable import create, remove, sync_folder
from oxtui.store.noting import Noting, unnoted
from oxtui.store.ownership import make_folder
from oxtui.store.refusals import explained, reason
from oxtui.store.regular_files import read_regular
from oxtui.store.sqlite_bounds import MOST_ROWS

FOLDER: Final = "projects"

States = tuple[str | None, str | None]
"""What a file holds, and what it is about to hold; None is no file."""

_LARGEST: Final = 1 << 20
_MOST_BYTES: Final = 16 << 20
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def project_files(base: Path) -> list[Path]:
    """The files of projects, by name; others in the folder belong to somebody else.

    Raises:
        UnreadableError: The folder cannot be listed, or holds too much; the message is the rest of
            a sentence that begins with its name.
    """
    folder, size = base / FOLDER, 0
    paths: list[Path] = []
    try:
        with os.scandir(folder) as found:
            for each in found:
                path = folder / each.name
                if path.suffix == ".json" and is_project_id(path.stem):
                    paths.append(path)
                    size += min(each.stat(follow_symlinks=False).st_size, _LARGEST)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise UnreadableError(f"cannot be listed: {reason(error)}") from error
    if len(paths) > MOST_ROWS or size > _MOST_BYTES:
        raise UnreadableError(f"holds more than {MOST_ROWS:,} projects, or too much of each")
    return sorted(paths)


def is_project_id(text: str) -> bool:
    """Whether a text is a whole id: a UUID."""
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def file_of(base: Path, project_id: str) -> Path:
    """The file of a project, which need not exist.

    Raises:
        NotFoundError: No file can have that name.
    """
    if not is_project_id(project_id):
        raise NotFoundError("There is no such project.")
    return base / FOLDER / f"{project_id}.json"


def read_project(path: Path) -> dict[str, object]:
    """What a project's file holds, which has a name at least.

    Raises:
        UnreadableError: It is not one; the message is the reason, a few words.
    """
    return decode_project(_read(path))


def decode_project(data: bytes) -> dict[str, object]:
    """The fields in the bytes of a project's file.

    Raises:
        UnreadableError: It is none; the message is the reason, a few words.
    """
    try:
        value: object = json.loads(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise UnreadableError("not UTF-8") from error
    except (ValueError, RecursionError) as error:
        raise UnreadableError("not JSON") from error
    if isinstance(value, dict):
        fields = cast("dict[str, object]", value)
        if isinstance(fields.get("name"), str):
            return fields
    raise UnreadableError("no name in it")


def create_project(
    path: Path, fields: Mapping[str, object], noting: Noting[States] = unnoted
) -> str:
    """Writes a new file, and says what it holds now.

    Raises:
        WriteFailedError: The system refused.
    """
    content = _encode(fields)
    exchange_content(path, None, content, noting)
    return content


def change_project(
    path: Path, fields: Mapping[str, object], noting: Noting[States] = unnoted
) -> tuple[str, str]:
    """Sets some fields of a project, keeps the others, and says what the file held and holds.

    Raises:
        NotFoundError: There is no such project.
        UnreadableError: Its file cannot be read.
        ChangedError: Somebody else wrote it in the same moment.
        WriteFailedError: The system refused.
    """
    try:
        before = _read(path)
        known = decode_project(before)
    except FileNotFoundError as error:
        raise NotFoundError("That project is not there any more.") from error
    except UnreadableError as error:
        raise UnreadableError(
            f"{FOLDER}/{path.name} cannot be read: {error.message}. Mend it, then try again."
        ) from error
    after = _encode({**known, **fields})
    exchange_content(path, before.decode(), after, noting)
    return before.decode(), after


def exchange_content(
    path: Path, expected: str | None, wanted: str | None, noting: Noting[States] = unnoted
) -> None:
    """Turns a file's content from `expected` into `wanted`; None is no file.

    Raises:
        ChangedError: The file is not as expected.
        ReadOnlyError: The folder is a link.
        WriteFailedError: The system refused, or it could not be noted.
    """
    if path.parent.is_symlink():
        raise ReadOnlyError(
            f"{FOLDER} is a link, so nothing is written through it. Put the folder itself there,"
            " then try again."
        )
    try:
        if expected is None and wanted is not None:
            _make_folder(path.parent)
            create(path, wanted.encode(), noting=lambda _: noting((None, wanted)))
        elif expected is not None and wanted is None:
            remove(path, expected.encode())
        elif expected is not None and wanted is not None:
            swap(
                path,
                expected.encode(),
                wanted.encode(),
                noting=lambda _: noting((expected, wanted)),
            )
            sync_folder(path.parent)
    except ChangedError as error:
        raise ChangedError("The project was changed since, and was left as it is.") from error


def content_of(path: Path) -> str | None:
    """The text of a project's file; None if there is none.

    Raises:
        UnreadableError: It is no file that can be read, or not UTF-8.
    """
    try:
        return _read(path).decode()
    except FileNotFoundError:
        return None
    except UnicodeDecodeError as error:
        raise UnreadableError("not UTF-8") from error


def _make_folder(folder: Path) -> None:
    try:
        make_folder(folder)
    except OSError as error:
        raise WriteFailedError(f"{folder} was not made: {explained(error)}") from error


def _read(path: Path) -> bytes:
    try:
        if path.lstat().st_size > _LARGEST:
            raise UnreadableError("too large")
        return read_regular(path)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise UnreadableError(error.strerror or "it cannot be read") from error


def _encode(fields: Mapping[str, object]) -> str:
    text = json.dumps(fields, indent=2, ensure_ascii=False)
    if _SURROGATE.search(text):  # half of a character, which only an escape can hold
        return json.dumps(fields, indent=2)
    return text
