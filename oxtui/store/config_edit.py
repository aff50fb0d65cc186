"""Changing values in a TOML file that belongs to somebody else, and taking that back."""

import re
import tomllib
from collections.abc import Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import msgspec

from oxtui.errors import ChangedError, InvalidValueError, UnreadableError, WriteFailedError
from oxtui.locations import LARGEST_CONFIG
from oxtui.store.compare_and_swap import swap
from oxtui.store.durable import create, remove, sync_folder
from oxtui.store.noting import Noting, unnoted
from oxtui.store.ownership import make_folder
from oxtui.store.refusals import explained
from oxtui.store.regular_files import FileState, read_state
from oxtui.store.stretches import FileMark, Stretch, sha256

_Key = TypeVar("_Key", bound=str)

_BOM: Final = "\ufeff"
_NOT_KEPT: Final = "It is written in a way that an edit could not keep."
_LONE_NEWLINE: Final = re.compile(r"(?<!\r)\n")


class SettingsChange(msgspec.Struct, frozen=True):
    """A stretch of a configuration file became another one; can be written into a journal as JSON.

    It holds no more of the file than that stretch, since there may be keys and tokens in the rest.

    Attributes:
        path: The file.
        before: What it was like; None if there was none.
        after: What it is like since; None if there is none.
        start: Where the stretch begins.
        removed: The bytes that were there.
        inserted: The bytes that are there since.
    """

    path: str
    before: FileMark | None
    after: FileMark | None
    start: int
    removed: bytes
    inserted: bytes

    @property
    def inverse(self) -> "SettingsChange":
        """The change that takes this one back."""
        return SettingsChange(
            self.path, self.after, self.before, self.start, self.inserted, self.removed
        )


def read_config(path: Path) -> FileState | None:
    """The content of a configuration file; None if there is none.

    Raises:
        UnreadableError: It is no regular file, or may not be read; the message is a sentence.
    """
    try:
        if path.lstat().st_size > LARGEST_CONFIG:
            raise UnreadableError(f"larger than {LARGEST_CONFIG >> 10} KB")
        return read_state(path)
    except FileNotFoundError:
        return None
    except UnreadableError as error:
        raise UnreadableError(f"It is {error.message}.") from error
    except OSError as error:
        raise UnreadableError(f"It cannot be read: {explained(error)}") from error


def change_config(
    path: Path, edit: Callable[[bytes], bytes], noting: Noting[SettingsChange] = unnoted
) -> SettingsChange:
    """Changes a file, or makes it, durably and never over somebody else's change.

    Args:
        path: The file.
        edit: Makes its new content of the old one.
        noting: Entered right before the file is replaced, and left when it is.

    Raises:
        UnreadableError: It is no file that could be read.
        ChangedError: Somebody else wrote it at the same time.
        WriteFailedError: The system refused, or it could not be noted.
    """
    before = read_config(path)
    old = before.content if before else b""
    new = edit(old)
    if before and new == old:
        return _between(path, before, before)

    def change(mtime_ns: int) -> SettingsChange:
        return _between(path, before, FileState(new, mtime_ns))

    return change(_write(path, before, new, None, lambda mtime_ns: noting(change(mtime_ns))))


def is_as_before(change: SettingsChange) -> bool:
    """Whether the file is as it was before a change.

    Raises:
        UnreadableError: It is no file that could be read.
    """
    now = read_config(Path(change.path))
    return (now and sha256(now.content)) == (change.before and change.before.sha256)


def apply_change(change: SettingsChange, section: str) -> SettingsChange:
    """Makes a change to a file that is as it was before it.

    Args:
        change: The change, which anybody may have made up.
        section: What of the file it may be about.

    Returns:
        What this did.

    Raises:
        ChangedError: The file is another one.
        InvalidValueError: The change is about something else.
        WriteFailedError: The system refused.
    """
    path = Path(change.path)
    before = read_config(path)
    if not is_as_before(change):
        raise ChangedError(f"{path.name} was changed since, and was left as it is.")
    old = before.content if before else b""
    new = Stretch(change.start, change.inserted, change.removed).taken_back(old)
    if not _differ_only_in(section, old, new):
        raise InvalidValueError(f"That is no change of [{section}] in {path.name}.")
    if change.after is None:
        remove(path, old)
        return change
    written_ns = _write(path, before, new, change.after.mtime_ns, unnoted)
    return _between(path, before, FileState(new, written_ns))


def with_values(content: bytes, section: str, values: Mapping[_Key, int | bool]) -> bytes:
    """A TOML file with some values of a section set, and everything else as it is.

    Comments, order and spelling stay, those on the lines of the changed values too. New values come
    last in the section, and a new section last in the file.

    Raises:
        UnreadableError: The section is no table, or of a form that could not be kept.
    """
    text = content.decode("utf-8-sig")
    bom = _BOM if content.startswith(_BOM.encode()) else ""
    if not values:
        return content
    if section in tomllib.loads(text):
        new = _with_changed_section(text, section, values)
    else:
        new = _with_new_section(text, section, values)
    _refuse_collateral(text, new, section, values)
    return (bom + new).encode()


def _with_new_section(text: str, section: str, values: Mapping[_Key, int | bool]) -> str:
    lines = [f"[{section}]", *(f"{key} = {_spelt(value)}" for key, value in values.items())]
    if text:
        lines = [*([] if text.endswith("\n") else [""]), "", *lines]
    newline = "\r\n" if "\r\n" in text else "\n"
    return text + newline.join(lines) + newline


def _spelt(value: int | bool) -> str:
    return str(value).lower()


def _with_changed_section(text: str, section: str, values: Mapping[_Key, int | bool]) -> str:
    # Loading it takes longer than all the rest of the store's code, and most runs never write.
    import tomlkit
    from tomlkit.exceptions import TOMLKitError
    from tomlkit.items import Table

    try:
        document = tomlkit.parse(text)
    except (TOMLKitError, RecursionError) as error:
        raise UnreadableError(_NOT_KEPT) from error
    table = cast("MutableMapping[str, Any]", document[section])
    wanted = {key: value for key, value in values.items() if not _is(table.get(key), value)}
    for key in wanted.keys() & table.keys():
        table[key] = wanted[key]
    added = {key: value for key, value in wanted.items() if key not in table}
    # What follows the last value, an empty line or a comment, belongs to the next section.
    body = table.value.body if isinstance(table, Table) and added else []
    trailing: list[Any] = []
    while body and body[-1][0] is None:
        trailing.append(body.pop()[1])
    for key, value in added.items():
        table[key] = value
    for item in reversed(trailing):
        cast("Table", table).add(item)
    new = tomlkit.dumps(document)
    return new if _LONE_NEWLINE.search(text) else _LONE_NEWLINE.sub("\r\n", new)


def _is(item: object, value: int | bool) -> bool:
    plain = item.unwrap() if hasattr(item, "unwrap") else item  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownVariableType] - tomlkit's items have no common type
    return type(plain) is type(value) and plain == value  # pyright: ignore[reportUnknownArgumentType]


def _refuse_collateral(old: str, new: str, section: str, values: Mapping[_Key, int | bool]) -> None:
    """Makes sure that an edit did what it should, and nothing else."""
    before, after = tomllib.loads(old), tomllib.loads(new)
    changed = {key: after.get(section, {}).pop(key, None) for key in values}
    for document in (before, after):
        for key in values:
            document.get(section, {}).pop(key, None)
        if document.get(section) == {}:
            del document[section]
    # By text, since a NaN is not equal to itself.
    if changed != dict(values) or repr(before) != repr(after):
        raise UnreadableError(_NOT_KEPT)


def _differ_only_in(section: str, old: bytes, new: bytes) -> bool:
    try:
        documents = [tomllib.loads(content.decode("utf-8-sig")) for content in (old, new)]
    except (ValueError, RecursionError):
        return False
    for document in documents:
        document.pop(section, None)
    return repr(documents[0]) == repr(documents[1])  # since a NaN is not equal to itself


def _between(path: Path, before: FileState | None, after: FileState) -> SettingsChange:
    stretch = Stretch.between(before.content if before else b"", after.content)
    return SettingsChange(str(path), before and FileMark.of(*before), FileMark.of(*after), *stretch)


def _write(
    path: Path, before: FileState | None, content: bytes, mtime_ns: int | None, noting: Noting[int]
) -> int:
    """Writes the file, and returns the time of modification that it has, nanoseconds."""
    if before is not None:
        written_ns = swap(path, before.content, content, mtime_ns=mtime_ns, noting=noting)
        sync_folder(path.parent)
        return written_ns
    try:
        make_folder(path.parent, parents=True)
    except OSError as error:
        raise WriteFailedError(f"{path} was not written: {explained(error)}") from error
    return create(path, content, mtime_ns=mtime_ns, noting=noting)
