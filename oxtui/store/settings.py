"""The `[session]` settings of Oxios' `config.toml`: what Oxios prunes by, and changing it.

Oxios reads the file when it starts, and refuses all of it when one value is wrong.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal, TypeAlias, cast

from oxtui.errors import InvalidValueError, UnreadableError, WriteFailedError
from oxtui.locations import oxios_home
from oxtui.sanitize import sanitize
from oxtui.store.config_edit import (
    SettingsChange,
    apply_change,
    change_config,
    read_config,
    with_values,
)
from oxtui.store.noting import Noting, unnoted
from oxtui.store.values import LONGEST_TTL_HOURS, SessionSettings

__all__ = [
    "MAX_SESSIONS_LIMIT",
    "SettingsChange",
    "SettingsKey",
    "SettingsValue",
    "check_not_linked",
    "parse_auto_prune",
    "parse_max_sessions",
    "parse_setting",
    "parse_ttl_hours",
    "read_settings",
    "undo_settings_change",
    "write_settings",
]

SettingsKey: TypeAlias = Literal["max_sessions", "ttl_hours", "auto_prune"]
SettingsValue: TypeAlias = Mapping[SettingsKey, int | bool]
"""New values of some of the settings."""

MAX_SESSIONS_LIMIT: Final = 2**63 - 1
"""The largest whole number that TOML holds."""

_WHOLE_NUMBER: Final = re.compile(r"[0-9]+", re.ASCII)
_MOST_DIGITS: Final = 19
_SECTION: Final = "session"
_YES: Final = frozenset({"true", "yes", "on", "1"})
_NO: Final = frozenset({"false", "no", "off", "0"})


def read_settings(path: Path) -> SessionSettings:
    """The settings in the `config.toml` at `path`; a file that is not there has the defaults."""
    name = sanitize(path.name)
    try:
        state = read_config(_real(path))
    except UnreadableError as error:
        return SessionSettings(problem=f"{name}: {error.message} These are the defaults.")
    if state is None:
        return SessionSettings()
    try:
        section = _section(state.content)
        return SessionSettings(
            cast("int", _checked("max_sessions", section.get("max_sessions", 100))),
            cast("int", _checked("ttl_hours", section.get("ttl_hours", 168))),
            cast("bool", _checked("auto_prune", section.get("auto_prune", True))),
        )
    except (UnreadableError, InvalidValueError) as error:
        return SessionSettings(
            problem=f"{name}: {error.message} Oxios cannot use the file; these are its defaults."
        )


def parse_max_sessions(text: str) -> int:
    """The number of sessions that `text` says.

    Raises:
        InvalidValueError: It is not a whole number from 0; the message is for its field.
    """
    return _in_range("max_sessions", _whole_number(text))


def parse_ttl_hours(text: str) -> int:
    """The number of hours that `text` says.

    Raises:
        InvalidValueError: It is not a whole number from 0, or more than Oxios can reckon with.
    """
    return _in_range("ttl_hours", _whole_number(text))


def parse_auto_prune(text: str) -> bool:
    """Whether `text` says yes.

    Raises:
        InvalidValueError: It says neither yes nor no.
    """
    word = text.strip().lower()
    if word not in _YES | _NO:
        raise InvalidValueError("Only true or false.")
    return word in _YES


def parse_setting(key: str, text: str) -> SettingsValue:
    """The setting called `key` with the value that `text` says.

    Raises:
        InvalidValueError: There is no such setting, or it cannot have that value.
    """
    match key:
        case "max_sessions":
            return {key: parse_max_sessions(text)}
        case "ttl_hours":
            return {key: parse_ttl_hours(text)}
        case "auto_prune":
            return {key: parse_auto_prune(text)}
        case _:
            raise InvalidValueError(
                f"No setting is called “{sanitize(key)}”: max_sessions, ttl_hours, auto_prune."
            )


def write_settings(
    path: Path, values: SettingsValue, noting: Noting[SettingsChange] = unnoted
) -> SettingsChange:
    """Sets some settings, and leaves everything else in the file as it is, byte for byte.

    A file or a section that is not there is made. A running Oxios reads it at its next start.

    Args:
        path: The file.
        values: The settings.
        noting: Entered right before the file is replaced, and left when it is.

    Returns:
        The change, which `undo_settings_change` takes back.

    Raises:
        InvalidValueError: A value is out of its range.
        UnreadableError: The file is not TOML, or `session` in it is not a section.
        ChangedError: Somebody else wrote the file at the same time; it holds what they wrote.
        WriteFailedError: The system refused; the file is as it was.
    """
    for key, value in values.items():
        _checked(key, value)
    check_not_linked(path)

    def edit(content: bytes) -> bytes:
        _section(content)
        return with_values(content, _SECTION, values)

    try:
        return change_config(_real(path), edit, noting)
    except UnreadableError as error:
        raise UnreadableError(
            f"{sanitize(path.name)}: {error.message} Mend it first; nothing was changed."
        ) from error


def check_not_linked(path: Path) -> None:
    """Refuses a configuration that leads out of a store, which may come from anybody.

    Raises:
        WriteFailedError: It is a link, and not one of the user's own home.
    """
    if path.is_symlink() and path.parent != oxios_home():
        raise WriteFailedError(
            f"{sanitize(str(path))} is a link, and was left alone. Change what it leads to."
        )


def undo_settings_change(change: SettingsChange) -> SettingsChange:
    """Makes the file what it was before a change.

    Returns:
        What this did, which can be undone in turn.

    Raises:
        ChangedError: Somebody else wrote the file since; it is left alone.
        InvalidValueError: It was no change of these settings.
        WriteFailedError: The system refused; the file is as it was.
    """
    return apply_change(change.inverse, _SECTION)


def _real(path: Path) -> Path:
    """The file behind links, which many people have in the configuration of their home."""
    return Path(os.path.realpath(path))


def _section(content: bytes) -> dict[str, object]:
    try:
        values = tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UnreadableError("It is not UTF-8.") from error
    except RecursionError as error:
        raise UnreadableError("It is nested too deeply.") from error
    except tomllib.TOMLDecodeError as error:
        raise UnreadableError(f"{sanitize(str(error))}.") from error
    except ValueError as error:
        raise UnreadableError("There is a number of thousands of digits in it.") from error
    section = values.get(_SECTION, {})
    if not isinstance(section, dict):
        raise UnreadableError("session in it is not a section.")
    return cast("dict[str, object]", section)


def _checked(key: SettingsKey, value: object) -> int | bool:
    if key == "auto_prune":
        if not isinstance(value, bool):
            raise InvalidValueError("auto_prune is neither true nor false.")
        return value
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise InvalidValueError(f"{key} is not a whole number from 0.")
    return _in_range(key, value)


def _whole_number(text: str) -> int:
    digits = text.strip()
    if not _WHOLE_NUMBER.fullmatch(digits):
        raise InvalidValueError("Only a whole number; 0 for no limit.")
    digits = digits.lstrip("0") or "0"
    return int(digits) if len(digits) <= _MOST_DIGITS else MAX_SESSIONS_LIMIT + 1


def _in_range(key: SettingsKey, value: int) -> int:
    limit = LONGEST_TTL_HOURS if key == "ttl_hours" else MAX_SESSIONS_LIMIT
    if value > limit:
        raise InvalidValueError(f"{key} can be at most {limit:,}; 0 is no limit.")
    return value
