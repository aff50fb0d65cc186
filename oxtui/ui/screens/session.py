"""The session that is read: what its tools did, and writing it to a file of its user's."""

import asyncio
import os
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on, work

from oxtui.errors import InvalidValueError
from oxtui.sanitize import sanitize
from oxtui.store.values import SessionId
from oxtui.ui.screens.reviews import ReviewScreen
from oxtui.ui.timeline.messages import ExportRequested, FilterRequested, LedgerRequested
from oxtui.units import size

if TYPE_CHECKING:
    from oxtui.ui.dialogs.tools import ToolChoice
    from oxtui.ui.timeline.widget import Timeline


class SessionScreen(ReviewScreen):
    """A screen with a session on it, which it can tell the tools of and export."""

    @cached_property
    def timeline(self) -> "Timeline":
        """The pane that shows the session."""
        from oxtui.ui.timeline.widget import Timeline  # which the first frame need not wait for

        return Timeline(glyphs=self.options.glyphs, id="timeline")

    @on(FilterRequested)
    @work(group="requests")
    async def filter_by_tool(self) -> None:
        """Asks for a tool and shows only its calls."""
        from oxtui.replay.ledger import call_counts
        from oxtui.ui.dialogs.tools import ToolPicker

        session_id, turns = self.timeline.session_id, self.timeline.turns
        counts = await asyncio.to_thread(call_counts, turns)
        if not counts:
            self.notify("No tool was called in this session.", timeout=2, markup=False)
        elif session_id == self.timeline.session_id:
            picker = ToolPicker(counts, glyphs=self.options.glyphs)
            self._show_only(await self.app.push_screen_wait(picker))

    @on(LedgerRequested)
    @work(group="requests")
    async def show_ledger(self) -> None:
        """Shows what each tool took, and only the calls of one if that is asked for."""
        from oxtui.replay.ledger import ledger
        from oxtui.ui.dialogs.ledger import ToolLedger

        session_id, turns = self.timeline.session_id, self.timeline.turns
        uses = await asyncio.to_thread(ledger, turns)
        if session_id == self.timeline.session_id:
            dialog = ToolLedger(uses, glyphs=self.options.glyphs)
            self._show_only(await self.app.push_screen_wait(dialog))

    def _show_only(self, choice: "ToolChoice | None") -> None:
        if choice is not None:
            self.timeline.show_tool(choice.tool)

    @on(ExportRequested)
    @work(group="requests")
    async def export(self) -> None:
        """Asks for a file, and writes the session that is shown to it."""
        session_id = self.timeline.session_id
        if session_id is None:
            return
        from oxtui.export.formats import default_name
        from oxtui.ui.dialogs.export import ExportDialog

        async def write(path: Path, replace: bool) -> int:
            return await self._export_to(session_id, path, replace=replace)

        entry = self.library.entries.get(session_id)
        title = entry.summary.title if entry else None
        name, folder = default_name(title, session_id), _current_folder()
        dialog = ExportDialog(title or session_id, name, folder, write)
        done = await self.app.push_screen_wait(dialog)
        if done is not None:
            path, written = done
            self.notify(
                sanitize(f"{path}, {size(written)}"), title="Exported", timeout=8, markup=False
            )

    async def _export_to(self, session_id: SessionId, path: Path, *, replace: bool) -> int:
        """Writes a session, as it is in its file now, and returns how many bytes that took."""
        from oxtui.export.formats import exported, format_of
        from oxtui.export.reading import read_session
        from oxtui.export.writing import write_export

        store = self.library.store
        if await asyncio.to_thread(_is_within, path, store.base_path):
            raise InvalidValueError("That is in the store, which is for Oxios' own files.")
        read = await read_session(store, session_id, self.library.project_name)
        content = await asyncio.to_thread(exported, read, format_of(path))
        await asyncio.to_thread(write_export, path, content, replace=replace)
        return len(content)


def _is_within(path: Path, folder: Path) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def _current_folder() -> Path:
    try:
        return Path.cwd()
    except FileNotFoundError:  # somebody removed it
        return Path.home()
