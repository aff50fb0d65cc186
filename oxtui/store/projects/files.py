"""Projects of a store without Oxios' database: one `projects/<uuid>.json` each.

The file holds `id`, `name`, `icon`, `created_at`, `updated_at`, and whatever else others put there.
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast
from uuid import UUID

from oxtui.errors import ChangedError, NotFoundError, UnreadableError, WriteFailedError
from oxtui.store.durable import compare_and_swap, durable_write, read_regular, sync_folder

FOLDER: Final = "projects"
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def project_files(base: Path) -> list[Path]:
    """The files of projects, by name; others in the folder belong to somebody else."""
    return sorted(path for path in (base / FOLDER).glob("*.json") if _is_uuid(path.stem))


def file_of(base: Path, project_id: str) -> Path:
    """The file of a project, which need not exist.

    Raises:
        NotFoundError: No file can have that name.
    """
    if not _is_uuid(project_id):
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


def create_project(path: Path, fields: Mapping[str, object]) -> str:
    """Writes a new file, and says what it holds now.

    Raises:
        WriteFailedError: The system refused.
    """
    content = _encode(fields)
    exchange_content(path, None, content)
    return content


def change_project(path: Path, fields: Mapping[str, object]) -> tuple[str, str]:
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
        raise UnreadableError(f"{FOLDER}/{path.name} cannot be read: {error.message}.") from error
    after = _encode({**known, **fields})
    exchange_content(path, before.decode(), after)
    return before.decode(), after


def exchange_content(path: Path, expected: str | None, wanted: str | None) -> None:
    """Turns a file's content from `expected` into `wanted`; None is no file.

    Raises:
        ChangedError: The file is not as expected.
        WriteFailedError: The system refused.
    """
    if expected is not None and wanted is not None:
        compare_and_swap(path, expected.encode(), wanted.encode())
        return
    try:
        if _content_if_there(path) != (None if expected is None else expected.encode()):
            raise ChangedError("The project was changed since, so this cannot be undone.")
        if wanted is None:
            path.unlink(missing_ok=True)
            sync_folder(path.parent)
        else:
            path.parent.mkdir(exist_ok=True)
            durable_write(path, wanted.encode())
    except OSError as error:
        raise WriteFailedError(f"{path} was not written: {error.strerror}.") from error


def _content_if_there(path: Path) -> bytes | None:
    try:
        return read_regular(path)
    except FileNotFoundError:
        return None


def _read(path: Path) -> bytes:
    try:
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


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
