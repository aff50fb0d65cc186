"""The settings by which Oxios prunes, and what they mean for the sessions that there are."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from oxtui.locations import home_shortened
from oxtui.sanitize import sanitize
from oxtui.store.prune import PrunePlan
from oxtui.store.settings import SettingsKey, SettingsValue
from oxtui.store.values import SessionSettings
from oxtui.ui.catalogue import Catalogue
from oxtui.ui.dialogs.dialog import ACCEPT, CANCEL, DialogButton, paragraph
from oxtui.ui.dialogs.fields import SwitchField
from oxtui.ui.dialogs.planning import PlanningDialog
from oxtui.units import plural, size

_RESTART: Final = "A running Oxios reads this at its next start. What is saved, u takes back."


def meaning(plan: PrunePlan, *, auto_prune: bool) -> str:
    """What Oxios would do by itself with these limits, in a sentence.

    It knows no pins, and takes sessions that are in use as well.

    Args:
        plan: What is beyond the limits; which of that oxtui would keep does not matter.
        auto_prune: Whether Oxios prunes by itself.
    """
    if not auto_prune:
        return "Oxios would not prune by itself."
    if not plan.rows:
        return "Oxios would remove nothing at its next prune."
    bytes_gone = sum(row.size for row in plan.rows)
    text = f"Oxios would remove {plural(len(plan.rows), 'session')}, {size(bytes_gone)}, "
    text += "at its next prune, for good."
    if pinned := sum(row.entry.summary.pinned for row in plan.rows):
        are = "is" if pinned == 1 else "are"
        text += f" {pinned:,} of them {are} pinned, which Oxios does not know."
    return text


def _auto_prune(on: bool) -> str:
    return "on, at most once an hour" if on else "off"


class ConfigDialog(PlanningDialog[SettingsValue | None]):
    """Edits `[session]` of config.toml; its result is the values that are to be written.

    These are the ones that changed; all of them, if the file could not be used as it is.
    """

    DEFAULT_CSS = """
    ConfigDialog {
        #meaning { height: auto; min-height: 2; text-style: bold; margin-top: 1; }
    }
    ConfigDialog.-low #meaning { margin-top: 0; }
    """
    AUTO_FOCUS = "SafeInput"
    live_ns = 0

    def __init__(
        self,
        catalogue: Catalogue,
        settings: SessionSettings,
        path: Path,
        *,
        read_only: str | None = None,
        now_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        """Makes the dialog.

        Args:
            catalogue: The sessions of the store, live.
            settings: What the file says.
            path: The file.
            read_only: Why nothing can be saved; None when it can.
            now_ns: The clock, in nanoseconds since the epoch.
        """
        super().__init__(
            "Settings of Oxios",
            "tab next, esc close" if read_only else "tab next, enter save, esc cancel",
            catalogue,
            settings.prune_config(),
            now_ns,
        )
        self._settings = settings
        self._path = path
        self._read_only = read_only
        self._auto = SwitchField("auto_prune", value=settings.auto_prune, said=_auto_prune)
        self._meaning = Static(id="meaning")
        self._save = DialogButton("Save", ACCEPT, disabled=True)
        self._plan_shown: PrunePlan | None = None

    def compose_body(self) -> Iterable[Widget]:
        """The file, the fields, and what they mean."""
        with_problem = [] if self._settings.problem is None else [self._problem()]
        yield Vertical(
            paragraph(home_shortened(self._path), "dialog--muted"),
            *with_problem,
            Vertical(self._most, self._ttl, self._auto, classes="dialog--body"),
            self._meaning,
            paragraph(self._advice, "dialog--muted dialog--gap"),
            classes="dialog--body",
        )

    @property
    def _advice(self) -> str:
        return f"Nothing is saved here: {self._read_only}." if self._read_only else _RESTART

    def _problem(self) -> Widget:
        return paragraph(sanitize(self._settings.problem or ""), "dialog--warning dialog--gap")

    def compose_buttons(self) -> Iterable[Widget]:
        """No and yes."""
        yield DialogButton("Cancel", CANCEL)
        yield self._save

    def on_mount(self) -> None:
        """Says what the settings mean as they are."""
        self.plan_anew()
        self._show()

    def on_field_changed(self) -> None:
        """Says what the limits would mean."""
        self.plan_anew()
        self._show()

    def on_switch_field_changed(self) -> None:
        """Says what the switch would mean."""
        self._show()

    def on_field_submitted(self) -> None:
        """Saves, if there is anything to."""
        self.accept()

    def take_plan(self, plan: PrunePlan) -> None:
        """Says what the limits would mean."""
        self._plan_shown = plan
        self._show()

    def _show(self) -> None:
        if self.limits is None:
            self._meaning.update(Content(""))
        elif self._plan_shown is not None:
            said = meaning(self._plan_shown, auto_prune=self._auto.value)
            self._meaning.update(Content(said))
        self._save.disabled = self._read_only is not None or not self.changes

    @property
    def changes(self) -> SettingsValue:
        """What is to be written; nothing while a field is wrong."""
        limits, was = self.limits, self._settings
        if limits is None:
            return {}
        old = (was.max_sessions, was.ttl_hours, was.auto_prune)
        new = (limits.max_sessions, limits.ttl_hours, self._auto.value)
        keys: tuple[SettingsKey, ...] = ("max_sessions", "ttl_hours", "auto_prune")
        unusable = was.problem is not None
        return {
            key: value
            for key, value, before in zip(keys, new, old, strict=True)
            if unusable or value != before
        }

    def accept(self) -> None:
        """Gives back what is to be written."""
        if not self._save.disabled:
            self.finish(self.changes)
