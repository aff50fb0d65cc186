"""Looking before acting on the whole store: prune, settings, history and trash."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, ClassVar, Final, TypeVar

from textual import on, work
from textual.binding import Binding, BindingType

from oxtui.errors import OxtuiError
from oxtui.store.library import Library
from oxtui.store.trash import TrashEntry
from oxtui.store.trash_titles import TrashTitles
from oxtui.store.values import SessionSettings
from oxtui.ui.options import Options
from oxtui.ui.screens import messages
from oxtui.ui.screens.requests import RequestScreen
from oxtui.units import plural

if TYPE_CHECKING:
    from oxtui.store.settings import SettingsValue
    from oxtui.ui.screens.history import HistoryScreen

_TITLES_AT_ONCE: Final = 200
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
        self._trash = library.store.trash
        self._trash_titles = TrashTitles(self._trash)

    async def read_settings(self) -> SessionSettings:
        """What config.toml says now."""
        from oxtui.store.settings import read_settings  # the first frame does without

        self.settings = settings = await asyncio.to_thread(read_settings, self.options.config)
        return settings

    @work(group="requests")
    async def action_prune(self) -> None:
        """Shows what a prune would take, and takes what is left of it."""
        from oxtui.ui.dialogs.prune import PruneDialog

        settings = await self.read_settings()
        rows = await self.app.push_screen_wait(
            PruneDialog(
                self.library,
                settings.prune_config(),
                read_only=self.library.store.read_only,
                glyphs=self.options.glyphs,
            )
        )
        if rows:
            await self.report(self.acts.prune(rows))

    @work(group="requests")
    async def action_config(self) -> None:
        """Changes what Oxios prunes."""
        from oxtui.ui.dialogs.config import ConfigDialog

        settings = await self.read_settings()
        values = await self.app.push_screen_wait(
            ConfigDialog(
                self.library,
                settings,
                self.options.config,
                read_only=self.library.store.read_only,
            )
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
        said = f"Saved. A running Oxios reads it at its next start.{self.advice('undo', 'undoes')}"
        self.notify(said, markup=False)

    # History and trash

    @work(group="history", exclusive=True)
    async def action_history(self) -> None:
        """Shows what was done, and what is in the trash."""
        from oxtui.ui.screens.history import HistoryScreen

        screen = self._history = HistoryScreen(title_of=self.title_of, glyphs=self.options.glyphs)
        entries = await self._show_history(screen)
        await self.app.push_screen(screen)
        await self._show_titles(screen, entries)

    async def _show_history(self, screen: "HistoryScreen") -> Sequence[TrashEntry]:
        acts, acts_problem = await _or_why(self.acts.history())
        entries, trash_problem = await _or_why(asyncio.to_thread(self._trash.entries))
        titles = self._trash_titles.known(entries)
        screen.refresh_history(
            acts, entries, titles, acts_problem=acts_problem, trash_problem=trash_problem
        )
        return entries

    async def _show_titles(self, screen: "HistoryScreen", entries: Sequence[TrashEntry]) -> None:
        """Reads what the sessions in the trash are called, and shows it as it comes."""
        for start in range(0, len(entries), _TITLES_AT_ONCE):
            some = entries[start : start + _TITLES_AT_ONCE]
            await asyncio.to_thread(self._trash_titles.read, some)
            if screen not in self.app.screen_stack:
                return
            screen.show_titles(self._trash_titles.known(entries))

    async def after_act(self) -> None:
        """Shows in the history what was just done, if it is on the screen."""
        if self._history is not None and self._history is self.app.screen:
            entries = await self._show_history(self._history)
            await self._show_titles(self._history, entries)

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
