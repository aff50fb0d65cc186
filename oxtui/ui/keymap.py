"""Keys that the user chose, by the ids of the bindings: `[keys]` of oxtui's own settings.

```toml
[keys]
"sidebar.trash" = "D"
"app.quit" = "q,ctrl+c"
```
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import cast

import msgspec
from textual.binding import Binding

from oxtui.errors import UnreadableError
from oxtui.store.regular_files import read_regular


class Keymap(msgspec.Struct, frozen=True):
    """The keys that the user chose.

    Attributes:
        keys: For ids of bindings, the keys, separated by commas.
        problem: What was wrong with the settings, for the user; None for nothing.
    """

    keys: Mapping[str, str] = {}
    problem: str | None = None


def read_keymap(path: Path, bindings: Iterable[Binding]) -> Keymap:
    """The keys in a settings file; without one, none.

    Args:
        path: The file.
        bindings: All bindings there are, whose ids can be given keys.
    """
    known = {binding.id for binding in bindings}
    try:
        content = read_regular(path)
        import tomllib  # mostly there is no such file

        settings = tomllib.loads(content.decode())
    except FileNotFoundError:
        return Keymap()
    except (OSError, UnreadableError, ValueError) as error:
        return Keymap(problem=f"{path} was not used: {error}")
    table = settings.get("keys", {})
    if not isinstance(table, dict):
        return Keymap(problem=f"{path}: `keys` is not a table")
    wanted = cast("dict[str, object]", table)
    keys = {name: key for name, key in wanted.items() if name in known and isinstance(key, str)}
    unknown = sorted(wanted.keys() - keys.keys())
    problem = f"{path}: no such key to set: {', '.join(unknown)}" if unknown else None
    return Keymap(keys, problem)
