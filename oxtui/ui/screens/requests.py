"""What the user asks to be done to the store: asked back where that is due, done, and reported."""

import time
from collections import Counter
from collections.abc import Awaitable, Iterable
from typing import ClassVar, Final, cast

from textual import getters, on, work
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from oxtui.errors import InvalidValueError, OxtuiError
from oxtui.sanitize import sanitize
from oxtui.store.acts import ActReport, Acts
from oxtui.store.library import Library
from oxtui.store.models import ProjectId, SessionId
from oxtui.store.projects.catalog import ProjectChange, valid_project_name
from oxtui.store.prune import LIVE_NS
from oxtui.ui.dialogs.confirm import Confirm
from oxtui.ui.dialogs.narrowing import ProjectChoice
from oxtui.ui.dialogs.picker import ProjectPicker
from oxtui.ui.dialogs.prompt import TextPrompt
from oxtui.ui.options import Options
from oxtui.ui.sidebar import messages
from oxtui.units import plural, size

_LONGEST_TITLE: Final = 500
_SHOWN_FAILURES: Final = 3
_UNFILED: Final = "Unfiled"


class RequestScreen(Screen[None]):
    """A screen on a store that does what its widgets ask for.

    Every request runs in a worker of the group `requests`, one after the other as the user makes
    them; what comes of it is a toast.
    """

    app = getters.app(cast("type[App[None]]", App))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "undo", "Undo", id="app.undo"),
        Binding("U", "redo", "Redo", show=False, id="app.redo"),
    ]

    def __init__(self, options: Options, library: Library) -> None:
        super().__init__()
        self.options = options
        self.library = library
        self.acts = Acts(library.store, self.show_progress)

    def show_progress(self, done: int, total: int) -> None:
        """Shows how far an act is; for a screen to override."""

    # Sessions

    @on(messages.SessionsDropped)
    @work(group="requests")
    async def drop(self, message: messages.SessionsDropped) -> None:
        """Moves what was dropped on a project."""
        await self._move(message.session_ids, message.project_id)

    @on(messages.MoveRequested)
    @work(group="requests")
    async def move(self, message: messages.MoveRequested) -> None:
        """Asks for a project and moves sessions there."""
        entries = self.library.entries
        counts = Counter(entry.summary.project_id or None for entry in entries.values())
        homes = {entries[i].summary.project_id for i in message.session_ids if i in entries}
        choice = await self.app.push_screen_wait(
            ProjectPicker(
                self.library.projects,
                counts,
                homes.pop() if len(homes) == 1 else None,
                plural(len(message.session_ids), "session"),
                glyphs=self.options.glyphs,
            )
        )
        if choice is not None and (chosen := await self._chosen(choice)) is not None:
            await self._move(message.session_ids, chosen.project_id)

    async def _chosen(self, choice: ProjectChoice) -> ProjectChoice | None:
        """The project that was chosen; one that is wished for is added first."""
        if choice.new_name is None:
            return choice
        change = await self._project(self.acts.add_project(choice.new_name))
        return ProjectChoice(change.project_id) if change else None

    async def _move(self, session_ids: Iterable[SessionId], project_id: ProjectId | None) -> None:
        moved = tuple(session_ids)
        name = self.project_name(project_id)
        live = [i for i in moved if self._is_live(i)]
        report = await self.report(self.acts.move(moved, project_id, name))
        if report and report.done and live:
            self.notify(
                f"Oxios is using {len(live)} of them: its next turn there may take the move back.",
                title="Moved while in use",
                markup=False,
            )

    @on(messages.TrashRequested)
    @work(group="requests")
    async def trash(self, message: messages.TrashRequested) -> None:
        """Moves sessions to the trash; asks if they are several, or one is in use."""
        chosen = message.session_ids
        live = sum(map(self._is_live, chosen))
        if live or len(chosen) > 1:
            said = (
                f"{plural(len(chosen), 'session')} to the trash, where `u` brings them back from."
            )
            if live:
                said += (
                    f"\n\n{live} of them just had a turn in Oxios. If the conversation goes on, "
                    "Oxios makes a new file with only what comes then."
                )
            sure = await self.app.push_screen_wait(
                Confirm("Move to the trash?", said, "Move to the trash", destructive=True)
            )
            if not sure:
                return
        await self.report(self.acts.delete(chosen))

    @on(messages.RenameRequested)
    @work(group="requests")
    async def rename(self, message: messages.RenameRequested) -> None:
        """Asks for a title and sets it."""
        entry = self.library.entries.get(message.session_id)
        if entry is None:
            return
        title = await self.app.push_screen_wait(
            TextPrompt(
                "Rename session",
                "Title",
                entry.summary.title or "",
                "Empty: the start of its first message",
                _title_problem,
            )
        )
        if title is not None:
            await self.report(self.acts.rename(message.session_id, title.strip()))

    @on(messages.PinRequested)
    @work(group="requests")
    async def pin(self, message: messages.PinRequested) -> None:
        """Pins sessions, or unpins them when all of them are pinned."""
        entries = self.library.entries
        chosen = [entries[i] for i in message.session_ids if i in entries]
        pinned = not all(entry.summary.pinned for entry in chosen)
        await self.report(self.acts.pin([e.session_id for e in chosen], pinned=pinned))

    # Projects

    @on(messages.NewProjectRequested)
    @work(group="requests")
    async def new_project(self) -> None:
        """Asks for a name and adds a project."""
        name = await self.app.push_screen_wait(
            TextPrompt("New project", "Name", "", self._project_hint(), _project_problem)
        )
        if name is not None:
            await self._project(self.acts.add_project(name))

    @on(messages.ProjectRenameRequested)
    @work(group="requests")
    async def rename_project(self, message: messages.ProjectRenameRequested) -> None:
        """Asks for a name and gives it to a project."""
        name = await self.app.push_screen_wait(
            TextPrompt(
                "Rename project",
                "Name",
                self.project_name(message.project_id),
                self._project_hint(),
                _project_problem,
            )
        )
        if name is not None:
            await self._project(self.acts.rename_project(message.project_id, name))

    def project_name(self, project_id: str | None) -> str:
        """The name of a project, as far as it is known."""
        if not project_id:
            return _UNFILED
        name = self.library.project_name(project_id)
        return project_id if name is None else name

    def _project_hint(self) -> str:
        return f"Kept in {self.library.catalog.storage}"

    async def _project(self, doing: Awaitable[ProjectChange]) -> ProjectChange | None:
        try:
            change = await doing
        except OxtuiError as error:
            self.say(error)
            return None
        await self.library.refresh_projects()
        verb = "Added" if change.old_name is None else "Renamed"
        said = [f"{verb} the project {change.new_name}. u undoes.", change.remark or ""]
        self.notify(sanitize(" ".join(filter(None, said))), markup=False)
        return change

    # Undo

    @work(group="requests")
    async def action_undo(self) -> None:
        """Takes back the last act."""
        await self.report(self.acts.undo())

    @work(group="requests")
    async def action_redo(self) -> None:
        """Does again what was taken back last."""
        await self.report(self.acts.redo())

    # What came of it

    async def report(self, doing: Awaitable[ActReport]) -> ActReport | None:
        """Waits for an act, shows what it did, and takes it in without waiting for the watch."""
        try:
            report = await doing
        except OxtuiError as error:
            self.say(error)
            return None
        await self.library.refresh(map(SessionId, report.done))
        await self.library.refresh_projects()
        if report.done:
            freed = f", {size(report.size)}" if report.size else ""
            undone = report.label.startswith("Took back")
            key = "U does it again" if undone else "u undoes"
            self.notify(sanitize(f"{report.label}{freed}. {key}."), markup=False)
        if report.failures:
            reasons = [sanitize(failure.reason) for failure in report.failures[:_SHOWN_FAILURES]]
            if more := len(report.failures) - len(reasons):
                reasons.append(f"… and {more} more")
            self.notify(
                "\n".join(reasons),
                title=f"Not done for {plural(len(report.failures), 'session')}",
                severity="warning",
                timeout=10,
                markup=False,
            )
        await self.after_act()
        return report

    async def after_act(self) -> None:
        """Called when an act is done; for a screen to override."""

    @on(messages.WriteRefused)
    def refuse(self, message: messages.WriteRefused) -> None:
        """Says why a key does nothing here."""
        self.notify(sanitize(message.reason), severity="warning", markup=False)

    def say(self, error: OxtuiError) -> None:
        """Shows what went wrong."""
        self.notify(
            sanitize(error.message), title=error.title, severity="error", timeout=10, markup=False
        )

    def _is_live(self, session_id: SessionId) -> bool:
        entry = self.library.entries.get(session_id)
        return entry is not None and abs(time.time_ns() - entry.summary.updated_at.ns) < LIVE_NS


def _title_problem(text: str) -> str | None:
    return f"At most {_LONGEST_TITLE} characters." if len(text) > _LONGEST_TITLE else None


def _project_problem(text: str) -> str | None:
    try:
        valid_project_name(text)
    except InvalidValueError as error:
        return error.message
    return None
