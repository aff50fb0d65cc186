"""The line below the panes: which store, how it is watched, and what is going on."""

from pathlib import Path
from typing import ClassVar, Final

import msgspec
from msgspec import structs
from rich.cells import cell_len
from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget

from oxtui.glyphs import UNICODE, Glyphs
from oxtui.sanitize import sanitize
from oxtui.store.library import Library, ScanProgress
from oxtui.units import plural, size

_GAP: Final = "   "
_QUIET: Final = 10
"""Sessions that are done at once."""


class Status(msgspec.Struct, frozen=True):
    """What is known of the store as a whole.

    Attributes:
        store: Its folder, as the user would write it.
        sessions: How many can be read.
        projects: How many there are.
        unreadable: How many files can't be read.
        checked: Whether that was compared with the disk, and is not what an earlier run knew.
        watching: How changes are noticed; empty before that is known.
        read_only: Whether nothing may be written.
        prune: What Oxios' next prune would take; empty before that is known.
        searching: What a search still has to do; empty for nothing.
        scanning: How far the sessions are read; empty for nothing.
        acting: How far an act is; empty for nothing.
        dragging: What dropping would do; empty for nothing.
        problem: Something that the user should know; None for nothing.
    """

    store: str = ""
    sessions: int = 0
    projects: int = 0
    unreadable: int = 0
    checked: bool = True
    watching: str = ""
    read_only: bool = False
    prune: str = ""
    searching: str = ""
    scanning: str = ""
    acting: str = ""
    dragging: str = ""
    problem: str | None = None

    @property
    def busy(self) -> str:
        """What goes on just now, in the place of all the rest: first what the next key is about."""
        return self.dragging or self.acting or self.scanning


def prune_outlook(count: int, bytes_going: int, *, auto_prune: bool) -> str:
    """What Oxios' next prune would take, in a few words."""
    if not auto_prune:
        return "prune: off"
    if not count:
        return "next prune: nothing"
    return f"next prune: {plural(count, 'session')}, {size(bytes_going)}"


class StatusLine(Widget):
    """Shows a `Status` on one line; what does not fit goes, the least important first."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"status--warning", "status--busy"}
    DEFAULT_CSS = """
    StatusLine {
        height: 1;
        padding: 0 1;
        color: $text-muted;
        background: $background;
        & > .status--warning { color: $text-warning; }
        & > .status--busy { color: $text-accent; text-style: bold; }
    }
    """

    status: reactive[Status] = reactive(Status())

    def __init__(self, *, glyphs: Glyphs = UNICODE, id: str | None = None) -> None:  # noqa: A002 - as every widget names it
        super().__init__(id=id)
        self._glyphs = glyphs

    def update_status(self, **changes: object) -> None:
        """Changes some of what is known; draws it if that makes a difference."""
        self.status = structs.replace(self.status, **changes)  # pyright: ignore[reportArgumentType] - by name

    def show_library(self, library: Library, note: str | None) -> None:
        """Shows how much there is.

        Args:
            library: What is in the store.
            note: What is to be said if nothing is wrong with it.
        """
        self.update_status(
            sessions=len(library.entries),
            projects=len(library.projects),
            unreadable=len(library.unreadable),
            problem=library.problem or library.catalog.problem or note,
            checked=library.checked,
        )

    def show_scan(self, scan: ScanProgress | None) -> None:
        """Shows how far the sessions are read."""
        running = scan is not None and scan.total > scan.done
        scanning = f"Reading {scan.done:,} of {scan.total:,} sessions" if scan and running else ""
        self.update_status(scanning=scanning)

    def show_progress(self, done: int, total: int) -> None:
        """Shows how far an act is, if it is on many sessions."""
        acting = f"{done:,} of {total:,} sessions" if total > _QUIET and done < total else ""
        self.update_status(acting=acting)

    def render(self) -> Text:
        """The line."""
        warning = self.get_component_rich_style("status--warning")
        if what := self.status.busy:
            busy = self.get_component_rich_style("status--busy")
            return Text(sanitize(what), busy, no_wrap=True, overflow="ellipsis")
        line = Text(_GAP, no_wrap=True, overflow="ellipsis")
        return line.join(
            Text(sanitize(text), warning if warns else "")
            for text, warns in self._parts(self.status)
        )

    def _parts(self, status: Status) -> list[tuple[str, bool]]:
        """What is said, in order, as far as it fits; each with whether it is a warning."""
        degraded = status.watching.startswith("polling") and ":" in status.watching
        counted = f"{plural(status.sessions, 'session')} in {plural(status.projects, 'project')}"
        if not status.checked:
            counted += ", checking"
        # The lower the rank, the longer it stays when the line is narrow.
        parts = [
            (3, status.store, False),
            (5, counted, False),
            (2, f"{status.unreadable:,} unreadable" if status.unreadable else "", True),
            (1 if degraded else 4, status.watching, degraded),
            (0, "read-only" if status.read_only else "", True),
            (4, status.prune, False),
            (1, status.problem or "", True),
            (1, status.searching, False),
        ]
        shown = [part for part in parts if part[1]]
        if self._width(shown) > self.size.width:
            # The end of a long path tells it from others.
            end = Path(status.store).name
            shown = [
                (r, f"{self._glyphs.left_out}/{end}" if t is status.store and end else t, w)
                for r, t, w in shown
            ]
        while len(shown) > 1 and self._width(shown) > self.size.width:
            shown.remove(max(shown, key=lambda part: part[0]))
        return [(text, warns) for _, text, warns in shown]

    @staticmethod
    def _width(parts: list[tuple[int, str, bool]]) -> int:
        return sum(cell_len(text) + len(_GAP) for _, text, _ in parts) - len(_GAP)
