"""`oxtui config`: the `[session]` settings of Oxios' config.toml."""

import asyncio
from typing import Final, get_args

import click
from click.exceptions import Exit

from oxtui.cli.acting import writable_store
from oxtui.cli.output import emit, emit_json, json_option, say
from oxtui.cli.program import DefaultGroup
from oxtui.cli.target import store_base, store_option
from oxtui.errors import InvalidValueError
from oxtui.locations import config_path
from oxtui.sanitize import sanitize
from oxtui.store.acts import Acts
from oxtui.store.settings import SettingsKey, parse_setting, read_settings
from oxtui.store.values import SessionSettings

_KEYS: Final = click.Choice(get_args(SettingsKey))
_REMARK: Final = "A running Oxios reads it at its next start."

config_command = store_option(
    DefaultGroup("config", default="get", help="Show or change what Oxios keeps.")
)


@config_command.command("get")
@click.argument("key", metavar="[KEY]", type=_KEYS, required=False)
@json_option
@store_option
def get_command(key: SettingsKey | None, as_json: bool) -> None:
    """Print one setting, or all of them."""
    path = config_path(store_base())
    settings = read_settings(path)
    values = _values(settings)
    if as_json:
        shown = values if key is None else {key: values[key]}
        emit_json(shown | {"file": str(path)})
    elif key is not None:
        emit(_toml(values[key]))
    else:
        for name, value in values.items():
            emit(f"{name} = {_toml(value)}")
    if settings.problem:
        say(settings.problem)
        raise Exit(1)


# A value may begin with a minus, to be refused for what it is.
@config_command.command("set", context_settings={"ignore_unknown_options": True})
@click.argument("key", metavar="KEY", type=_KEYS)
@click.argument("value")
@json_option
@store_option
def set_command(key: SettingsKey, value: str, as_json: bool) -> None:
    """Change one setting; all else in the file stays as it is."""
    store = writable_store()
    path = config_path(store.base_path)
    try:
        values = parse_setting(key, value)
    except InvalidValueError as error:
        raise InvalidValueError(
            f"{key} was not set to {sanitize(value)}. {error.message}"
        ) from error
    asyncio.run(Acts(store).configure(path, values))
    if as_json:
        emit_json(_values(read_settings(path)) | {"file": str(path)})
    else:
        emit(f"{key} = {_toml(values[key])} in {sanitize(str(path))}. {_REMARK}")


def _values(settings: SessionSettings) -> dict[str, object]:
    return {
        "max_sessions": settings.max_sessions,
        "ttl_hours": settings.ttl_hours,
        "auto_prune": settings.auto_prune,
    }


def _toml(value: object) -> str:
    return str(value).lower()
