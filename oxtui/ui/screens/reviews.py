"""Looking before acting on the whole store: prune, settings, history and trash."""

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TYPE_CHECKING, Final, TypeVar

from oxtui.errors import OxtuiError
from oxtui.store.library import Library
from oxtui.store.trash import TrashEntry
from oxtui.store.trash_titles import TrashTitles
from oxtui.ui.options import Options
from oxtui.ui.outlook import Outlook
from oxtui.ui.own_keys import OwnKeys
from oxtui.ui.screens.reporting import Reporter
from oxtui.units import plural

if TYPE_CHECKING:
    from oxtui.store.acts import Acts
    from oxtui.store.settings import SettingsValue
    from oxtui.ui.screens.history import HistoryScreen

_TITLES_AT_ONCE: Final = 200
_Read = TypeVar("_Read")


class Reviews:
    """Shows what would happen to a store, and does what its user leaves of it.

    Each public method is to be awaited in a worker of the group `requests`, and `show_history` in
    one of its own, which goes on while the history is on the screen.
    """

    def __init__(
        self, app: OwnKeys, library: Library, reporter: Reporter, outlook: Outlook, options: Options
    ) -> None:
        self._app = app
        self._library = library
        self._reporter = reporter
        self._outlook = outlook
        self._options = options
        self._history: HistoryScreen | None = None
        self._trash = library.store.trash
        self._trash_titles = TrashTitles(self._trash)

    @property
    def _acts(self) -> "Acts":
        return self._reporter.acts

    async def prune(self) -> None:
        """Shows what a prune would take, and takes what is left of it."""
        from oxtui.ui.dialogs.prune import PruneDialog

        settings = await self._outlook.read_settings()
        rows = await self._app.push_screen_wait(
            PruneDialog(
                self._library,
                settings.prune_config(),
                read_only=self._library.store.read_only,
                glyphs=self._options.glyphs,
            )
        )
        if rows:
            await self._reporter.report(self._acts.prune(rows))

    async def configure(self) -> None:
        """Changes what Oxios prunes."""
        from oxtui.ui.dialogs.config import ConfigDialog

        settings = await self._outlook.read_settings()
        values = await self._app.push_screen_wait(
            ConfigDialog(
                self._library,
                settings,
                self._options.config,
                read_only=self._library.store.read_only,
            )
        )
        if values:
            await self._save(values)

    async def _save(self, values: "SettingsValue") -> None:
        try:
            await self._acts.configure(self._options.config, values)
        except OxtuiError as error:
            self._reporter.say(error)
            return
        await self._outlook.read_settings()
        advice = self._app.advice("undo", "undoes")
        said = f"Saved. A running Oxios reads it at its next start.{advice}"
        self._reporter.notify(said)

    # History and trash

    async def show_history(self) -> None:
        """Shows what was done, and what is in the trash."""
        from oxtui.ui.screens.history import HistoryScreen

        screen = self._history = HistoryScreen(
            title_of=self._reporter.title_of, glyphs=self._options.glyphs
        )
        entries = await self._fill(screen)
        await self._app.push_screen(screen)
        await self._show_titles(screen, entries)

    async def _fill(self, screen: "HistoryScreen") -> Sequence[TrashEntry]:
        acts, acts_problem = await _or_why(self._acts.history())
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
            if screen not in self._app.screen_stack:
                return
            screen.show_titles(self._trash_titles.known(entries))

    async def refresh_history(self) -> None:
        """Shows in the history what was just done, if it is on the screen."""
        if self._history is not None and self._history is self._app.screen:
            entries = await self._fill(self._history)
            await self._show_titles(self._history, entries)

    async def restore(self, entry: TrashEntry) -> None:
        """Restores a session from the trash."""
        await self._reporter.report(self._acts.restore([entry]))

    async def empty_trash(self, entries: Sequence[TrashEntry]) -> None:
        """Destroys what is in the trash."""
        try:
            gone = await self._acts.empty_trash(entries)
        except OxtuiError as error:
            self._reporter.say(error)
        else:
            self._reporter.notify(f"{plural(gone, 'file')} destroyed for good.")
        await self.refresh_history()


async def _or_why(reading: Awaitable[Sequence[_Read]]) -> tuple[Sequence[_Read], str]:
    """What was read, else nothing and why."""
    try:
        return await reading, ""
    except OxtuiError as error:
        return (), error.message
