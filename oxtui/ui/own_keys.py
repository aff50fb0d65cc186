"""An application whose keys its user can choose."""

import asyncio
from collections.abc import Iterable, Sequence

from textual import work
from textual.binding import Binding

from oxtui.locations import settings_path
from oxtui.sanitize import sanitize
from oxtui.ui.keymap import (
    NO_KEY,
    Area,
    KeysById,
    keys_now,
    overrides,
    problem_of,
    read_keys,
    with_keys,
)
from oxtui.ui.typeahead import TypeAhead


class OwnKeys(TypeAhead):
    """Takes keys from oxtui's own settings.

    Without any there, nothing is imported or looked through for them.
    """

    def __init__(self) -> None:
        super().__init__()
        self._chosen: KeysById = {}

    def take_keys(self) -> None:
        """Takes the keys that the user chose, those of the main screen at once."""
        chosen = read_keys(settings_path())
        self._say_of_keys(chosen.problem)
        if not chosen.keys:
            return
        self._chosen = chosen.keys
        areas = self._main_areas()
        if self._chosen.keys() <= frozenset[str]().union(*(area.ids for area in areas)):
            self._use(areas)
        else:
            self.set_keymap(dict(overrides(keys_now(self._chosen, areas), areas)))
            self.call_after_refresh(self._take_all_keys)

    @work(group="keys")
    async def _take_all_keys(self) -> None:
        """Takes those of dialogs as well, for which the first frame need not wait."""
        self._use([*self._main_areas(), *await asyncio.to_thread(_dialog_areas)])

    def _use(self, areas: Sequence[Area]) -> None:
        self.set_keymap(dict(overrides(keys_now(self._chosen, areas), areas)))
        self._say_of_keys(problem_of(settings_path(), self._chosen, areas))

    def _say_of_keys(self, problem: str | None) -> None:
        if problem is not None:
            self.notify(sanitize(problem), title="Keys", severity="warning", markup=False)

    def areas_now(self) -> list[Area]:
        """The areas of the main screen, with the keys that they have."""
        return self._with_keys(self._main_areas())

    def dialog_areas_now(self) -> list[Area]:
        """All other areas, with the keys that they have."""
        return self._with_keys(_dialog_areas())

    def _with_keys(self, areas: Iterable[Area]) -> list[Area]:
        areas = tuple(areas)
        now = keys_now(self._chosen, areas)
        return [with_keys(area, now) for area in areas]

    def _main_areas(self) -> list[Area]:
        from oxtui.ui.areas import main_areas  # mostly nobody chose keys

        return main_areas(self.BINDINGS)

    def advice(self, action: str, does: str) -> str:
        """A sentence to add, of which key does what; empty if none does."""
        key = self.key_of(action)
        return f" {key} {does}." if key else ""

    def key_of(self, action: str) -> str:
        """The name of the key that does something when no dialog is open; empty if none does."""
        screen = next(each for each in reversed(self.screen_stack) if not each.is_modal)
        bound = [each.binding for each in screen.active_bindings.values()]
        keys = (self.get_key_display(each) for each in bound if each.action == action)
        return next(filter(None, keys), "")

    def get_key_display(self, binding: Binding) -> str:
        """The name of a key; in words, where Textual has a sign for it."""
        if binding.key == NO_KEY:
            return ""
        return "enter" if binding.key == "enter" else super().get_key_display(binding)


def _dialog_areas() -> list[Area]:
    from oxtui.ui.areas import dialog_areas  # which imports all of them

    return dialog_areas()
