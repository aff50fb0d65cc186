"""What the user asks to be done to the store: asked back where that is due, done, and reported."""

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.binding import Binding, BindingType

from oxtui.errors import InvalidValueError, OxtuiError
from oxtui.quoting import shortened
from oxtui.sanitize import sanitize
from oxtui.store.projects.catalog import ProjectChange, valid_project_name
from oxtui.store.prune import LIVE_NS
from oxtui.store.reverts import Field, FieldValue, Setting, together
from oxtui.store.values import ProjectId, SessionId
from oxtui.ui.screens.reporting import ReportScreen
from oxtui.ui.sidebar import messages
from oxtui.units import plural

# What asks and what acts is imported when it is first needed: the first frame need not wait for it.
if TYPE_CHECKING:
    from oxtui.store.act_report import ActReport
    from oxtui.ui.dialogs.narrowing import ProjectChoice

_LONGEST_TITLE: Final = 500
_NAMED: Final = 3


class RequestScreen(ReportScreen):
    """A screen on a store that does what its widgets ask for.

    Every request runs in a worker of the group `requests`, one after the other as the user makes
    them; what comes of it is a toast.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "undo", "Undo", id="app.undo"),
        Binding("U", "redo", "Redo", show=False, id="app.redo"),
        Binding("A", "set_again", "Redo Oxios' reverts", show=False, id="app.set_again"),
    ]

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
        from oxtui.ui.dialogs.picker import ProjectPicker

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
            self.deselect()
            await self._move(message.session_ids, chosen.project_id)

    def deselect(self) -> None:
        """Called when sessions are about to go to where they were asked to; to be overridden."""

    async def _chosen(self, choice: "ProjectChoice") -> "ProjectChoice | None":
        """The project that was chosen; one that is wished for is added first."""
        if choice.new_name is None:
            return choice
        from oxtui.ui.dialogs.narrowing import ProjectChoice

        change = await self._project(self.acts.add_project(choice.new_name))
        return ProjectChoice(change.project_id) if change else None

    async def _move(self, session_ids: Iterable[SessionId], project_id: ProjectId | None) -> None:
        moved = tuple(session_ids)
        live = frozenset(filter(self._is_live, moved))
        report = await self._set(moved, "project_id", project_id)
        if report and (used := live.intersection(report.sessions)):
            self.notify(
                f"Oxios is using {len(used)} of them: its next turn there may take the move back."
                " You are told if it does.",
                title="Moved while in use",
                markup=False,
            )

    @on(messages.TrashRequested)
    @work(group="requests")
    async def trash(self, message: messages.TrashRequested) -> None:
        """Moves sessions to the trash; asks if they are several, or one is in use."""
        from oxtui.ui.dialogs.confirm import Confirm

        chosen = message.session_ids
        live = sum(map(self._is_live, chosen))
        if live or len(chosen) > 1:
            said = f"{self._named(chosen)}: to the trash, where `u` brings them back from."
            if message.out_of_sight:
                said += (
                    f"\n\n{message.out_of_sight:,} of them you don't see now: the filter hides "
                    "them, or a folded group."
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

    def _named(self, session_ids: Sequence[SessionId]) -> str:
        """How many sessions these are, and what the first of them are called."""
        named = [shortened(f"“{self.title_of(each)}”") for each in session_ids[:_NAMED]]
        if more := len(session_ids) - len(named):
            named.append(f"{more:,} more")
        return f"{plural(len(session_ids), 'session')}, {', '.join(named)}"

    @on(messages.RenameRequested)
    @work(group="requests")
    async def rename(self, message: messages.RenameRequested) -> None:
        """Asks for a title and sets it."""
        entry = self.library.entries.get(message.session_id)
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
            await self._set([message.session_id], "title", title.strip() or None)

    @on(messages.PinRequested)
    @work(group="requests")
    async def pin(self, message: messages.PinRequested) -> None:
        """Pins sessions, or unpins them when all of them are pinned."""
        entries = self.library.entries
        chosen = [entries[i] for i in message.session_ids if i in entries]
        pinned = not all(entry.summary.pinned for entry in chosen)
        await self._set([e.session_id for e in chosen], "pinned", pinned)

    async def _set(
        self, session_ids: Sequence[SessionId], field: Field, value: FieldValue
    ) -> "ActReport | None":
        """Moves, renames or pins sessions, and keeps an eye on whether that is taken back."""
        entries, now_ns = self.library.entries, time.time_ns()
        settings = [
            Setting.of(entries[i], field, value, now_ns) for i in session_ids if i in entries
        ]
        text = value if isinstance(value, str) else None
        match field:
            case "project_id":
                doing = self.acts.move(session_ids, text, self.project_name(text))
            case "title":
                doing = self.acts.rename(session_ids[0], text or "")
            case "pinned":
                doing = self.acts.pin(session_ids, pinned=value is True)
        return await self.report(doing, settings)

    # Projects

    @on(messages.NewProjectRequested)
    @work(group="requests")
    async def new_project(self) -> None:
        """Asks for a name and adds a project."""
        name = await self._ask_for_text(
            "New project", "Name", "", self._project_hint(), _project_problem
        )
        if name is not None:
            await self._project(self.acts.add_project(name))

    @on(messages.ProjectRenameRequested)
    @work(group="requests")
    async def rename_project(self, message: messages.ProjectRenameRequested) -> None:
        """Asks for a name and gives it to a project."""
        name = await self._ask_for_text(
            "Rename project",
            "Name",
            self.project_name(message.project_id),
            self._project_hint(),
            _project_problem,
        )
        if name is not None:
            await self._project(self.acts.rename_project(message.project_id, name))

    async def _ask_for_text(
        self, title: str, label: str, value: str, hint: str, problem: Callable[[str], str | None]
    ) -> str | None:
        from oxtui.ui.dialogs.prompt import TextPrompt

        return await self.app.push_screen_wait(TextPrompt(title, label, value, hint, problem))

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
        remark = f" {change.remark}" if change.remark else ""
        said = f"{verb} the project {change.new_name}.{self.advice('undo', 'undoes')}{remark}"
        self.notify(sanitize(said), markup=False)
        return change

    # Undo

    @work(group="requests")
    async def action_undo(self) -> None:
        """Takes back the last act."""
        await self._turn(self.acts.undo(), is_undo=True)

    @work(group="requests")
    async def action_redo(self) -> None:
        """Does again what was taken back last."""
        await self._turn(self.acts.redo(), is_undo=False)

    async def _turn(self, doing: "Awaitable[ActReport]", *, is_undo: bool) -> None:
        report = await self.report(doing, is_undo=is_undo)
        if report:
            self.reverts.forget(report.sessions)

    @work(group="requests")
    async def action_set_again(self) -> None:
        """Sets again what Oxios took back."""
        taken_back = self.reverts.take()
        if not taken_back:
            self.notify("Oxios took nothing back.", timeout=2, markup=False)
        for field, value, session_ids in together(taken_back):
            await self._set(session_ids, field, value)

    # What is refused

    @on(messages.WriteRefused)
    def refuse(self, message: messages.WriteRefused) -> None:
        """Says why a key does nothing here."""
        self.notify(sanitize(message.reason), severity="warning", markup=False)

    def _is_live(self, session_id: SessionId) -> bool:
        entry = self.library.entries.get(session_id)
        return entry is not None and self.own_writes.is_live(entry, time.time_ns(), LIVE_NS)


def _title_problem(text: str) -> str | None:
    return f"At most {_LONGEST_TITLE} characters." if len(text) > _LONGEST_TITLE else None


def _project_problem(text: str) -> str | None:
    try:
        valid_project_name(text)
    except InvalidValueError as error:
        return error.message
    return None
