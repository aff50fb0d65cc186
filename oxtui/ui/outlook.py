"""What Oxios' next prune would take, kept up to date in the status line."""

import asyncio
import time
from pathlib import Path
from typing import Final

from textual.screen import Screen

from oxtui.store.library import Library
from oxtui.store.prune import foresee_prune
from oxtui.store.values import SessionSettings
from oxtui.ui.status import StatusLine, prune_outlook

_DELAY_S: Final = 0.5
_LATEST_S: Final = 5.0


class Outlook:
    """Works out what a prune would take, once what it depends on has settled.

    Attributes:
        settings: What config.toml said when it was read last; None before that.
    """

    def __init__(
        self, screen: Screen[None], library: Library, status: StatusLine, config: Path
    ) -> None:
        """Makes one.

        Args:
            screen: Whose workers work it out.
            library: What is in the store.
            status: Where it is shown.
            config: The settings that a prune goes by.
        """
        self._screen = screen
        self._library = library
        self._status = status
        self._config = config
        self._changed_at = 0.0
        self._looking = False
        self.settings: SessionSettings | None = None

    async def read_settings(self) -> SessionSettings:
        """What config.toml says now, which the outlook then goes by."""
        from oxtui.store.settings import read_settings  # the first frame does without

        self.settings = settings = await asyncio.to_thread(read_settings, self._config)
        self.look()
        return settings

    def look(self) -> None:
        """Has it worked out anew: something changed."""
        self._changed_at = time.monotonic()
        # What an earlier run knew may have changed.
        if self.settings is not None and self._library.checked and not self._looking:
            self._looking = True
            self._screen.run_worker(self._foresee, group="outlook")

    async def _foresee(self) -> None:
        """Waits for changes to settle, but not for ever: there may always be a session running."""
        seen, latest = 0.0, time.monotonic() + _LATEST_S
        while seen != self._changed_at:
            due = min(latest, self._changed_at + _DELAY_S)
            if (wait_s := due - time.monotonic()) > 0:
                await asyncio.sleep(wait_s)
                continue
            seen = self._changed_at
            await self._show()
            latest = time.monotonic() + _LATEST_S
        self._looking = False

    async def _show(self) -> None:
        if (settings := self.settings) is None:
            return
        entries = list(self._library.entries.values())
        going, size = await asyncio.to_thread(
            foresee_prune, entries, settings.prune_config(), time.time_ns()
        )
        outlook = prune_outlook(going, size, auto_prune=settings.auto_prune)
        self._status.update_status(prune="config.toml is wrong" if settings.problem else outlook)
