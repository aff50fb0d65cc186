"""What the user asks to be done to the store: asked back where that is due, done, and reported."""

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

from oxtui.errors import InvalidValueError, MadeElsewhereError, OxtuiError
from oxtui.glyphs import Glyphs
from oxtui.quoting import shortened
from oxtui.sanitize import sanitize
from oxtui.store.library import Library
from oxtui.store.own_writes import OwnWrites
from oxtui.store.projects.catalog import ProjectChange, valid_project_name
from oxtui.store.prune import LIVE_NS
from oxtui.store.reverts import Field, FieldValue, Setting, together
from oxtui.store.values import ProjectId, SessionId
from oxtui.ui.own_keys import OwnKeys
from oxtui.ui.screens.reporting import Reporter
from oxtui.ui.sidebar import messages
from oxtui.ui.sidebar.widget import Sidebar
from oxtui.units import plural

# What asks and what acts is imported when it is first needed: the first frame need not wait for it.
if TYPE_CHECKING:
    from oxtui.store.act_report import ActReport
    from oxtui.store.acts import Acts
    from oxtui.ui.dialogs.narrowing import ProjectChoice

_LONGEST_TITLE: Final = 500
_NAMED: Final = 3
_SHOWN_CHANGES: Final = 8


class Requests:
    """Does to a store what its user asks for.

    Each public method is to be awaited in a worker of the group `requests`, for the next key to
    wait for; what comes of it is a toast.
    """

    def __init__(
        self,
        app: OwnKeys,
        library: Library,
        own_writes: OwnWrites,
        reporter: Reporter,
        sidebar: Sidebar,
        *,
        glyphs: Glyphs,
    ) -> None:
        self._app = app
        self._library = library
        self._own_writes = own_writes
        self._reporter = reporter
        self._sidebar = sidebar
        self._glyphs = glyphs

    @property
    def _acts(self) -> "Acts":
        return self._reporter.acts

    async def answer(self, request: messages.StoreRequest) -> None:
        """Does what the sidebar was asked for."""
        match request:
            case messages.SessionsDropped(session_ids, project_id):
                await self._move(session_ids, project_id)
            case messages.MoveRequested(session_ids):
                await self._move_somewhere(session_ids)
            case messages.TrashRequested(session_ids, out_of_sight):
                await self._trash(session_ids, out_of_sight)
            case messages.RenameRequested(session_id):
                await self._rename(session_id)
            case messages.PinRequested(session_ids):
                await self._pin(session_ids)
            case messages.NewProjectRequested():
                await self._add_project()
            case messages.ProjectRenameRequested(project_id):
                await self._rename_project(project_id)

    # Sessions

    async def _move_somewhere(self, session_ids: Sequence[SessionId]) -> None:
        """Asks for a project and moves sessions there."""
        from oxtui.ui.dialogs.picker import ProjectPicker

        entries = self._library.entries
        counts = Counter(entry.summary.project_id or None for entry in entries.values())
        homes = {entries[i].summary.project_id for i in session_ids if i in entries}
        choice = await self._app.push_screen_wait(
            ProjectPicker(
                self._library.projects,
                counts,
                homes.pop() if len(homes) == 1 else None,
                plural(len(session_ids), "session"),
                glyphs=self._glyphs,
            )
        )
        if choice is not None and (chosen := await self._chosen(choice)) is not None:
            self._sidebar.clear_selection()
            await self._move(session_ids, chosen.project_id)

    async def _chosen(self, choice: "ProjectChoice") -> "ProjectChoice | None":
        """The project that was chosen; one that is wished for is added first."""
        if choice.new_name is None:
            return choice
        from oxtui.ui.dialogs.narrowing import ProjectChoice

        change = await self._project(self._acts.add_project(choice.new_name))
        return ProjectChoice(change.project_id) if change else None

    async def _move(self, session_ids: Iterable[SessionId], project_id: ProjectId | None) -> None:
        moved = tuple(session_ids)
        live = frozenset(filter(self._is_live, moved))
        report = await self._set(moved, "project_id", project_id)
        if report and (used := live.intersection(report.sessions)):
            self._reporter.notify(
                f"Oxios is using {len(used)} of them: its next turn there may take the move back."
                " You are told if it does.",
                title="Moved while in use",
            )

    async def _trash(self, chosen: Sequence[SessionId], out_of_sight: int) -> None:
        """Moves sessions to the trash; asks if they are several, or one is in use."""
        from oxtui.ui.dialogs.confirm import Confirm

        live = sum(map(self._is_live, chosen))
        if live or len(chosen) > 1:
            said = f"{self._named(chosen)}: to the trash, where `u` brings them back from."
            if out_of_sight:
                said += (
                    f"\n\n{out_of_sight:,} of them you don't see now: the filter hides "
                    "them, or a folded group."
                )
            if live:
                said += (
                    f"\n\n{live} of them just had a turn in Oxios. If the conversation goes on, "
                    "Oxios makes a new file with only what comes then."
                )
            sure = await self._app.push_screen_wait(
                Confirm("Move to the trash?", said, "Move to the trash", destructive=True)
            )
            if not sure:
                return
        await self._reporter.report(self._acts.delete(chosen))

    def _named(self, session_ids: Sequence[SessionId]) -> str:
        """How many sessions these are, and what the first of them are called."""
        named = [shortened(f"“{self._reporter.title_of(each)}”") for each in session_ids[:_NAMED]]
        if more := len(session_ids) - len(named):
            named.append(f"{more:,} more")
        return f"{plural(len(session_ids), 'session')}, {', '.join(named)}"

    async def _rename(self, session_id: SessionId) -> None:
        """Asks for a title and sets it."""
        entry = self._library.entries.get(session_id)
        if entry is None:
            return
        title = await self._ask_for_text(
            "Rename session",
            "Title",
            entry.summary.title or "",
            "Empty: the start of its first message",
            _title_problem,
        )
        if title is not None:
            await self._set([session_id], "title", title.strip() or None)

    async def _pin(self, session_ids: Iterable[SessionId]) -> None:
        """Pins sessions, or unpins them when all of them are pinned."""
        entries = self._library.entries
        chosen = [entries[i] for i in session_ids if i in entries]
        pinned = not all(entry.summary.pinned for entry in chosen)
        await self._set([e.session_id for e in chosen], "pinned", pinned)

    async def _set(
        self, session_ids: Sequence[SessionId], field: Field, value: FieldValue
    ) -> "ActReport | None":
        """Moves, renames or pins sessions, and keeps an eye on whether that is taken back."""
        entries, now_ns = self._library.entries, time.time_ns()
        settings = [
            Setting.of(entries[i], field, value, now_ns) for i in session_ids if i in entries
        ]
        text = value if isinstance(value, str) else None
        match field:
            case "project_id":
                doing = self._acts.move(session_ids, text, self._reporter.project_name(text))
            case "title":
                doing = self._acts.rename(session_ids[0], text or "")
            case "pinned":
                doing = self._acts.pin(session_ids, pinned=value is True)
        return await self._reporter.report(doing, settings)

    # Projects

    async def _add_project(self) -> None:
        """Asks for a name and adds a project."""
        name = await self._ask_for_text(
            "New project", "Name", "", self._project_hint(), _project_problem
        )
        if name is not None:
            await self._project(self._acts.add_project(name))

    async def _rename_project(self, project_id: ProjectId) -> None:
        """Asks for a name and gives it to a project."""
        name = await self._ask_for_text(
            "Rename project",
            "Name",
            self._reporter.project_name(project_id),
            self._project_hint(),
            _project_problem,
        )
        if name is not None:
            await self._project(self._acts.rename_project(project_id, name))

    async def _ask_for_text(
        self, title: str, label: str, value: str, hint: str, problem: Callable[[str], str | None]
    ) -> str | None:
        from oxtui.ui.dialogs.prompt import TextPrompt

        return await self._app.push_screen_wait(TextPrompt(title, label, value, hint, problem))

    def _project_hint(self) -> str:
        return f"Kept in {self._library.catalog.storage}"

    async def _project(self, doing: Awaitable[ProjectChange]) -> ProjectChange | None:
        try:
            change = await doing
        except OxtuiError as error:
            self._reporter.say(error)
            return None
        await self._library.refresh_projects()
        verb = "Added" if change.old_name is None else "Renamed"
        remark = f" {change.remark}" if change.remark else ""
        said = f"{verb} the project {change.new_name}.{self._app.advice('undo', 'undoes')}{remark}"
        self._reporter.notify(sanitize(said))
        return change

    # Undo

    async def undo(self) -> None:
        """Takes back the last act."""
        await self._turn(self._undo(), is_undo=True)

    async def _undo(self) -> "ActReport":
        """Takes back the last act; asks if that was made elsewhere."""
        try:
            return await self._acts.undo()
        except MadeElsewhereError:
            from oxtui.ui.dialogs.confirm import Confirm

            act = await self._acts.to_undo(made_elsewhere=True)
            shown = [sanitize(change.when_undone) for change in act.changes[:_SHOWN_CHANGES]]
            if more := len(act.changes) - len(shown):
                shown.append(f"and {more:,} more")
            said = "\n".join(
                (
                    f"{sanitize(act.label)}: by another user, or on another machine. Undone, it"
                    " changes:",
                    "",
                    *map(shortened, shown),
                )
            )
            question = Confirm("Undo what was made elsewhere?", said, "Undo it", destructive=True)
            if not await self._app.push_screen_wait(question):
                raise MadeElsewhereError(f"“{act.label}” stays as it is.") from None
            return await self._acts.undo(made_elsewhere=True)

    async def redo(self) -> None:
        """Does again what was taken back last."""
        await self._turn(self._acts.redo(), is_undo=False)

    async def _turn(self, doing: "Awaitable[ActReport]", *, is_undo: bool) -> None:
        report = await self._reporter.report(doing, is_undo=is_undo)
        if report:
            self._reporter.reverts.forget(report.sessions)

    async def set_again(self) -> None:
        """Sets again what Oxios took back."""
        taken_back = self._reporter.reverts.take()
        if not taken_back:
            self._reporter.notify("Oxios took nothing back.", timeout=2)
        for field, value, session_ids in together(taken_back):
            await self._set(session_ids, field, value)

    def _is_live(self, session_id: SessionId) -> bool:
        entry = self._library.entries.get(session_id)
        return entry is not None and self._own_writes.is_live(entry, time.time_ns(), LIVE_NS)


def _title_problem(text: str) -> str | None:
    return f"At most {_LONGEST_TITLE} characters." if len(text) > _LONGEST_TITLE else None


def _project_problem(text: str) -> str | None:
    try:
        valid_project_name(text)
    except InvalidValueError as error:
        return error.message
    return None
