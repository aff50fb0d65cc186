"""Looking before acting on the whole store: prune, settings, history and trash."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual import on, work
from textual.binding import Binding, BindingType

from oxtui.errors import OxtuiError
from oxtui.store.library import Library
from oxtui.store.summaries.entries import SessionEntry, read_entry
from oxtui.store.trash import Trash, TrashEntry
from oxtui.store.values import SessionSettings
from oxtui.ui.options import Options
from oxtui.ui.screens import messages
from oxtui.ui.screens.requests import RequestScreen
from oxtui.units import plural

if TYPE_CHECKING:
    from oxtui.store.settings import SettingsValue
    from oxtui.ui.screens.history import HistoryScreen

_Read = TypeVar("_Read")


class ReviewScreen(RequestScreen):
    """A screen that shows what would happen, and does what is left of it.

    Attributes:
        settings: What config.toml said when it was read last; None before that.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("P", "prune", "Prune", id="app.prune"),
        Binding("C", "config", "Config", id="app.config"),
        Binding("H", "history", "History and trash", show=False, id="app.history"),
    ]

    def __init__(self, options: Options, library: Library) -> None:
        super().__init__(options, library)
        self.settings: SessionSettings | None = None
        self._history: HistoryScreen | None = None

    async def read_settings(self) -> SessionSettings:
        """What config.toml says now."""
        from oxtui.store.settings import read_settings  # the first frame does without

        self.settings = settings = await asyncio.to_thread(read_settings, self.options.config)
        return settings

    @work(group="requests")
    async def action_prune(self) -> None:
        """Shows what a prune would take, and takes what is left of it."""
        if (reason := self.library.store.read_only) is not None:
            self.notify(f"Nothing is pruned here: {reason}.", severity="warning", markup=False)
            return
        from oxtui.ui.dialogs.prune import PruneDialog

        settings = await self.read_settings()
        rows = await self.app.push_screen_wait(
            PruneDialog(self.library, settings.prune_config(), glyphs=self.options.glyphs)
        )
        if rows:
            await self.report(self.acts.prune(rows))

    @work(group="requests")
    async def action_config(self) -> None:
        """Changes what Oxios prunes."""
        from oxtui.ui.dialogs.config import ConfigDialog

        settings = await self.read_settings()
        values = await self.app.push_screen_wait(
            ConfigDialog(self.library, settings, self.options.config)
        )
        if values:
            await self._configure(values)

    async def _configure(self, values: "SettingsValue") -> None:
        try:
            await self.acts.configure(self.options.config, values)
        except OxtuiError as error:
            self.say(error)
            return
        await self.read_settings()
        self.notify("Saved. A running Oxios reads it at its next start. u undoes.", markup=False)

    # History and trash

    @work(group="history", exclusive=True)
    async def action_history(self) -> None:
        """Shows what was done, and what is in the trash."""
        from oxtui.ui.screens.history import HistoryScreen

        screen = self._history = HistoryScreen(glyphs=self.options.glyphs)
        await self._show_history(screen)
        await self.app.push_screen(screen)

    async def _show_history(self, screen: "HistoryScreen") -> None:
        trash = self.library.store.trash
        acts, acts_problem = await _or_why(self.acts.history())
        entries, trash_problem = await _or_why(asyncio.to_thread(trash.entries))
        titles = await asyncio.to_thread(_titles, trash, entries)
        screen.refresh_history(
            acts, entries, titles, acts_problem=acts_problem, trash_problem=trash_problem
        )

    async def after_act(self) -> None:
        """Shows in the history what was just done, if it is on the screen."""
        if self._history is not None and self._history is self.app.screen:
            await self._show_history(self._history)

    @on(messages.RestoreRequested)
    @work(group="requests")
    async def restore(self, message: messages.RestoreRequested) -> None:
        """Restores a session from the trash."""
        await self.report(self.acts.restore([message.entry]))

    @on(messages.EmptyTrashRequested)
    @work(group="requests")
    async def empty_trash(self, message: messages.EmptyTrashRequested) -> None:
        """Destroys what is in the trash."""
        try:
            gone = await self.acts.empty_trash(message.entries)
        except OxtuiError as error:
            self.say(error)
        else:
            self.notify(f"{plural(gone, 'file')} destroyed for good.", markup=False)
        await self.after_act()

    @on(messages.UndoRequested)
    def undo_in_history(self) -> None:
        """Takes back the last act."""
        self.action_undo()

    @on(messages.RedoRequested)
    def redo_in_history(self) -> None:
        """Does again what was taken back last."""
        self.action_redo()


async def _or_why(reading: Awaitable[Sequence[_Read]]) -> tuple[Sequence[_Read], str]:
    """What was read, else nothing and why."""
    try:
        return await reading, ""
    except OxtuiError as error:
        return (), error.message


def _titles(trash: Trash, entries: Iterable[TrashEntry]) -> Mapping[str, str]:
    """The titles of sessions in the trash, by the ids of their entries."""
    found = ((entry, read_entry(trash.path_of(entry))) for entry in entries)
    return {
        entry.entry_id: session.summary.title
        for entry, session in found
        if isinstance(session, SessionEntry) and session.summary.title
    }
