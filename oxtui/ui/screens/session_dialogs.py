"""The session that is read: what its tools did, and writing it to a file of its user's."""

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING

from oxtui.errors import InvalidValueError
from oxtui.glyphs import Glyphs
from oxtui.sanitize import sanitize
from oxtui.store.library import Library
from oxtui.store.values import SessionId
from oxtui.ui.own_keys import OwnKeys
from oxtui.ui.screens.reporting import Reporter
from oxtui.ui.timeline.widget import Timeline
from oxtui.units import size

if TYPE_CHECKING:
    from oxtui.ui.dialogs.tools import ToolChoice


class SessionDialogs:
    """Tells the tools of the session that is read, and exports it.

    Each public method is to be awaited in a worker of the group `requests`.
    """

    def __init__(
        self,
        app: OwnKeys,
        library: Library,
        timeline: Timeline,
        reporter: Reporter,
        *,
        glyphs: Glyphs,
    ) -> None:
        self._app = app
        self._library = library
        self._timeline = timeline
        self._reporter = reporter
        self._glyphs = glyphs

    async def filter_by_tool(self) -> None:
        """Asks for a tool and shows only its calls."""
        from oxtui.replay.ledger import call_counts
        from oxtui.ui.dialogs.tools import ToolPicker

        session_id, turns = self._timeline.session_id, self._timeline.turns
        counts = await asyncio.to_thread(call_counts, turns)
        if not counts:
            self._reporter.notify("No tool was called in this session.", timeout=2)
        elif session_id == self._timeline.session_id:
            picker = ToolPicker(counts, glyphs=self._glyphs)
            self._show_only(await self._app.push_screen_wait(picker))

    async def show_ledger(self) -> None:
        """Shows what each tool took, and only the calls of one if that is asked for."""
        from oxtui.replay.ledger import ledger
        from oxtui.ui.dialogs.ledger import ToolLedger

        session_id, turns = self._timeline.session_id, self._timeline.turns
        uses = await asyncio.to_thread(ledger, turns)
        if session_id == self._timeline.session_id:
            dialog = ToolLedger(uses, glyphs=self._glyphs)
            self._show_only(await self._app.push_screen_wait(dialog))

    def _show_only(self, choice: "ToolChoice | None") -> None:
        if choice is not None:
            self._timeline.show_tool(choice.tool)

    async def export(self) -> None:
        """Asks for a file, and writes the session that is shown to it."""
        session_id = self._timeline.session_id
        if session_id is None:
            return
        from oxtui.export.formats import default_name
        from oxtui.ui.dialogs.export import ExportDialog

        async def write(path: Path, replace: bool) -> int:
            return await self._export_to(session_id, path, replace=replace)

        entry = self._library.entries.get(session_id)
        title = entry.summary.title if entry else None
        name, folder = default_name(title, session_id), _current_folder()
        dialog = ExportDialog(title or session_id, name, folder, write)
        done = await self._app.push_screen_wait(dialog)
        if done is not None:
            path, written = done
            said = sanitize(f"{path}, {size(written)}")
            self._reporter.notify(said, title="Exported", timeout=8)

    async def _export_to(self, session_id: SessionId, path: Path, *, replace: bool) -> int:
        """Writes a session, as it is in its file now, and returns how many bytes that took."""
        from oxtui.export.formats import exported, format_of
        from oxtui.export.reading import read_session
        from oxtui.export.writing import write_export

        store = self._library.store
        if await asyncio.to_thread(_is_within, path, store.base_path):
            raise InvalidValueError("That is in the store, which is for Oxios' own files.")
        read = await read_session(store, session_id, self._library.project_name)
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
