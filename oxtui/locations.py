"""Where things are: the store, Oxios' configuration, and what oxtui keeps for itself."""

import hashlib
import os
import stat
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Final, Literal

import msgspec
import platformdirs

from oxtui.errors import StoreNotFoundError
from oxtui.sanitize import sanitize

STORE_VARIABLE: Final = "OXTUI_STORE"
CONFIG_NAME: Final = "config.toml"
LARGEST_CONFIG: Final = 256 << 10
"""The most bytes that a configuration may have: parsing more would take seconds."""

_NOWHERE: Final = Path(os.devnull, "oxtui")
"""Stands for a folder of oxtui's own where there is none: nothing is in it, or can be put there."""


class StoreSource(StrEnum):
    """Who named the store; the value says so to the user."""

    OPTION = "named on the command line"
    ENVIRONMENT = f"named by ${STORE_VARIABLE}"
    CONFIG = "named by workspace in ~/.oxios/config.toml"
    DEFAULT = "where Oxios keeps it unless told otherwise"


class StoreLocation(msgspec.Struct, frozen=True):
    """A place where a store is looked for, and why there.

    Attributes:
        path: The folder; it need not exist.
        source: Who named it.
        note: What the user should know about how it was found, in one sentence; None for nothing.
    """

    path: Path
    source: StoreSource
    note: str | None = None

    def described(self) -> str:
        """The folder and who named it, for a line on the screen."""
        text = f"{sanitize(str(_absolute(self.path)))} ({self.source})"
        return f"{text}. {self.note}" if self.note else text


def locate_store(option: Path | None = None) -> StoreLocation:
    """Where the store should be: `option`, else $OXTUI_STORE, else what Oxios' own config names.

    The last is `[kernel].workspace` of `~/.oxios/config.toml`, and `~/.oxios/workspace` when that
    names none or cannot be read. Oxios takes a workspace as it is written: a `~` in it is no home
    folder, and a relative path begins in the folder that the program was started in. Here too,
    and the location's note says so, since Oxios may have been started elsewhere.
    """
    if option is not None:
        return StoreLocation(_home_expanded(option), StoreSource.OPTION)
    if named := os.environ.get(STORE_VARIABLE):
        return StoreLocation(_home_expanded(Path(named)), StoreSource.ENVIRONMENT)
    return _location_in_config(oxios_home() / CONFIG_NAME)


def require_store(store: StoreLocation | Path) -> Path:
    """The folder of a store that is there; one without `sessions/` is an empty store.

    A bare path is taken as named on the command line.

    Raises:
        StoreNotFoundError: There is no folder, or it cannot be entered; says where it was looked
            for and what to do.
    """
    location = (
        store if isinstance(store, StoreLocation) else StoreLocation(store, StoreSource.OPTION)
    )
    if problem := _folder_problem(location.path):
        raise StoreNotFoundError(
            f"{problem}: {location.described().removesuffix('.')}."
            " Name a store with --store DIR, or try `oxtui demo`."
        )
    return location.path


def config_path(store: Path) -> Path:
    """The `config.toml` that belongs to a store.

    That is the one in the store, else the one beside it, as in `~/.oxios`, else Oxios' own, which
    need not exist. Whatever has that name counts, so that what can't be read is said.
    """
    *first, last = config_paths(store)
    return next(filter(os.path.lexists, first), last)


def config_paths(store: Path) -> tuple[Path, ...]:
    """Where the `config.toml` of a store may be, the first place first."""
    folder = Path(os.path.normpath(_absolute(store)))
    return tuple(each / CONFIG_NAME for each in (folder, folder.parent, oxios_home()))


def home_shortened(path: Path) -> str:
    """A path as the user would write it: with `~` for their home folder."""
    home = _home_expanded(Path("~"))
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def oxios_home() -> Path:
    """The folder of Oxios in the user's home."""
    return _home_expanded(Path("~/.oxios"))


def settings_path() -> Path:
    """The file of oxtui's own settings, which need not exist."""
    return _own_folder(platformdirs.user_config_path) / CONFIG_NAME


def cache_folder(store: Path) -> Path:
    """The folder for what can be made anew from a store; it need not exist."""
    return _own_folder(platformdirs.user_cache_path) / store_key(store)


def state_folder(store: Path) -> Path:
    """The folder for what oxtui remembers of a store on screen; it need not exist."""
    return _own_folder(platformdirs.user_state_path) / store_key(store)


def known_stores_folder() -> Path:
    """The folder for what tells this user's own stores from others'; it need not exist."""
    return _own_folder(platformdirs.user_state_path) / "stores"


def theme_path() -> Path:
    """The file for the theme that the user chose, which need not exist."""
    return _own_folder(platformdirs.user_state_path) / "theme.json"


def crash_path() -> Path:
    """The file for what is known of a crash, which need not exist."""
    return _own_folder(platformdirs.user_state_path) / "crash.txt"


def own_folders() -> tuple[Path, ...]:
    """The folders that are oxtui's own, for its settings, its caches, and what it remembers."""
    found = (
        platformdirs.user_config_path,
        platformdirs.user_cache_path,
        platformdirs.user_state_path,
    )
    return tuple(dict.fromkeys(map(_own_folder, found)))


def _own_folder(found: Callable[[str, Literal[False]], Path]) -> Path:
    try:
        return found("oxtui", False)
    except RuntimeError:  # a user without a home, as in many a container
        return _NOWHERE


def store_key(store: Path) -> str:
    """A short name for a store, the same through whatever links and relative paths it is named."""
    return hashlib.sha256(os.fsencode(os.path.realpath(store))).hexdigest()[:16]


def _absolute(path: Path) -> Path:
    try:
        return path.absolute()
    except FileNotFoundError:  # the folder that oxtui was started in is gone
        return path


def _home_expanded(path: Path) -> Path:
    try:
        return path.expanduser()
    except RuntimeError:  # no such user, or a user without a home
        return path


def _location_in_config(config: Path) -> StoreLocation:
    default = oxios_home() / "workspace"
    try:
        workspace = _workspace_of(config)
    except (OSError, ValueError, RecursionError) as error:
        note = f"{sanitize(str(config))} was not used: {_reason(error)}"
        return StoreLocation(default, StoreSource.DEFAULT, note)
    if workspace is None:
        return StoreLocation(default, StoreSource.DEFAULT)
    return StoreLocation(Path(workspace), StoreSource.CONFIG, _note_on(workspace))


def _reason(error: OSError | ValueError | RecursionError) -> str:
    if isinstance(error, OSError):
        return error.strerror or "it cannot be read"
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return sanitize(str(error))


def _workspace_of(config: Path) -> str | None:
    """What `[kernel].workspace` says.

    Raises:
        OSError: The file cannot be read.
        ValueError: It is no TOML, or the workspace is no path.
        RecursionError: It is nested beyond all reason.
    """
    if not config.exists():
        return None
    if not config.is_file():
        raise ValueError("it is not a regular file")
    if config.stat().st_size > LARGEST_CONFIG:
        raise ValueError(f"it is larger than {LARGEST_CONFIG >> 10} KB")
    import tomllib  # a store that was named needs none of it

    kernel = tomllib.loads(config.read_text("utf-8-sig")).get("kernel", {})
    if not isinstance(kernel, dict):
        raise ValueError("kernel in it is not a section")
    workspace: object = kernel.get("workspace")  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType] - tomllib's values are Any
    if workspace is not None and not (isinstance(workspace, str) and workspace):
        raise ValueError("workspace in it is not a path")
    return workspace


def _note_on(workspace: str) -> str | None:
    if workspace.startswith("~"):
        return f"Oxios takes the ~ in `{sanitize(workspace)}` literally; write the whole path"
    if not Path(workspace).is_absolute():
        return "It is relative, so it begins in the folder that Oxios is started in"
    return None


def _folder_problem(path: Path) -> str | None:
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return "There is no such folder"
    except OSError as error:
        return f"The folder cannot be opened ({error.strerror})"
    except ValueError:
        return "That is not a path"
    if not stat.S_ISDIR(mode):
        return "That is not a folder"
    if not os.access(path, os.R_OK | os.X_OK):
        return "The folder cannot be read (permission denied)"
    return None
