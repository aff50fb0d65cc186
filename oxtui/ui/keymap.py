"""Keys that the user chose, by the ids of the bindings: `[keys]` of oxtui's own settings.

```toml
[keys]
"sidebar.trash" = "D"
"app.quit" = "q,ctrl+c"
"sidebar.flat" = ""
```

A key that is chosen in an area is taken from what else had it there. Without a key an action is
still in the help.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple, cast

import msgspec
from textual.binding import Binding, InvalidBinding
from textual.keys import Keys, key_to_character

from oxtui.errors import UnreadableError
from oxtui.store.regular_files import read_regular

NO_KEY: Final = Keys.Ignore.value
"""Stands for the key of a binding that has none."""
_MODIFIERS: Final = frozenset({"alt", "ctrl", "hyper", "meta", "shift", "super"})
_NAMED: Final = frozenset(key.value.rpartition("+")[2] for key in Keys if "<" not in key.value)
_MOST_NAMED: Final = 3
_LONGEST_NAME: Final = 40

KeysById = Mapping[str, tuple[str, ...]]
"""The keys of bindings, as Textual calls them, by the ids of the bindings."""


class Area(NamedTuple):
    """Keys that there are at the same time.

    Attributes:
        title: What to call it.
        bindings: What the keys do.
        owner: What has the keys; areas of the same owner that follow each other are its modes.
    """

    title: str
    bindings: Sequence[Binding]
    owner: str

    @property
    def ids(self) -> frozenset[str]:
        """The ids of its bindings."""
        return frozenset(binding.id for binding in self.bindings if binding.id)


class ChosenKeys(msgspec.Struct, frozen=True):
    """What a settings file says about keys.

    Attributes:
        keys: The keys that were chosen; none for an action that is to have none.
        problem: What is wrong with the settings, for the user; None for nothing.
    """

    keys: KeysById = {}
    problem: str | None = None


def read_keys(path: Path) -> ChosenKeys:
    """The keys in a settings file; without one, none."""
    try:
        content = read_regular(path.resolve())  # many keep their settings elsewhere, and link them
        import tomllib  # mostly there is no such file

        settings = tomllib.loads(content.decode())
    except (FileNotFoundError, NotADirectoryError):
        return ChosenKeys()
    except (OSError, UnreadableError, ValueError) as error:
        return ChosenKeys(problem=f"{path} was not used: {error}")
    except RecursionError:
        return ChosenKeys(problem=f"{path} was not used: it is nested too deeply")
    table = settings.get("keys", {})
    if not isinstance(table, dict):
        return ChosenKeys(problem=f"{path}: `keys` is not a table")
    parsed = {name: _parsed(value) for name, value in cast("dict[str, object]", table).items()}
    keys = {name: chosen for name, chosen in parsed.items() if chosen is not None}
    wrong = [name for name, chosen in parsed.items() if chosen is None]
    problem = f"{path}: no key that there is: {_listed(wrong)}" if wrong else None
    return ChosenKeys(keys, problem)


def _parsed(value: object) -> tuple[str, ...] | None:
    """Keys separated by commas, as Textual calls them; None if one of them is none."""
    if not isinstance(value, str):
        return None
    try:
        keys = _keys(Binding(value, "")) if value.strip() else ()
    except InvalidBinding:
        return None
    return keys if all(map(_is_key, keys)) else None


def _is_key(key: str) -> bool:
    *modifiers, base = key.split("+")
    known = base in _NAMED or ((sign := key_to_character(base)) is not None and sign.isprintable())
    return known and _MODIFIERS.issuperset(modifiers)


def _keys(binding: Binding) -> tuple[str, ...]:
    return tuple(each.key for each in Binding.make_bindings([binding]))


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name[:_LONGEST_NAME] for name in sorted(names)[:_MOST_NAMED])
    more = len(names) - _MOST_NAMED
    return f"{shown} and {more} more" if more > 0 else shown


def problem_of(path: Path, chosen: KeysById, areas: Iterable[Area]) -> str | None:
    """What is wrong with chosen keys, for the user; None for nothing.

    Args:
        path: Where they were chosen.
        chosen: The keys.
        areas: All areas there are.
    """
    areas = tuple(areas)
    unknown = chosen.keys() - frozenset[str]().union(*(area.ids for area in areas))
    if unknown:
        return f"{path}: no such action: {_listed(list(unknown))}"
    for area in areas:
        owned = {name: chosen[name] for name in area.ids & chosen.keys()}
        counted = Counter(key for keys in owned.values() for key in keys)
        if twice := [key for key, count in counted.items() if count > 1]:
            names = [name for name, keys in owned.items() if twice[0] in keys]
            return f"{path}: {twice[0]} was chosen for {_listed(names)}"
    return None


def keys_now(chosen: KeysById, areas: Iterable[Area]) -> KeysById:
    """The keys that every binding of some areas has, once those that were chosen are its own."""
    now: dict[str, tuple[str, ...]] = {}
    for area in areas:
        taken = {key for name in area.ids & chosen.keys() for key in chosen[name]}
        for binding in area.bindings:
            if binding.id is not None and binding.id in chosen:
                now[binding.id] = chosen[binding.id]
            elif binding.id:
                now[binding.id] = tuple(key for key in _keys(binding) if key not in taken)
    return now


def with_keys(area: Area, now: KeysById) -> Area:
    """An area whose bindings have the keys of the user."""
    bindings = [
        binding
        if binding.id is None or now[binding.id] == _keys(binding)
        else binding.with_key(_joined(now[binding.id]))
        for binding in area.bindings
    ]
    return area._replace(bindings=bindings)


def only_in(owner: str, areas: Sequence[Area]) -> Mapping[str, str]:
    """The actions of an owner's areas, by those of their keys that no other area has."""
    others = {k for area in areas if area.owner != owner for b in area.bindings for k in _keys(b)}
    own = (b for area in areas if area.owner == owner for b in area.bindings)
    return {key: b.action for b in own for key in _keys(b) if key not in others}


def overrides(now: KeysById, areas: Iterable[Area]) -> Mapping[str, str]:
    """What to tell Textual, so that each binding has the keys that it is to have.

    Textual lets go of all bindings of a key when one of them gets another key, or when another
    binding gets that key, also of those that there are in another mode. So whatever shares a key
    with what changed, before or after, is told as well.
    """
    told: dict[str, str] = {}
    for _, modes in groupby(areas, key=lambda area: area.owner):
        known = {b.id: _keys(b) for area in modes for b in area.bindings if b.id}
        changed = {name for name, keys in known.items() if now[name] != keys}
        while more := _sharing(known, now, changed) - changed:
            changed |= more
        told |= {name: _joined(now[name]) for name in changed}
    return told


def _sharing(known: KeysById, now: KeysById, changed: set[str]) -> set[str]:
    touched = {key for name in changed for key in (*known[name], *now[name])}
    return {name for name, keys in known.items() if touched.intersection((*keys, *now[name]))}


def _joined(keys: Iterable[str]) -> str:
    return ",".join(keys) or NO_KEY
