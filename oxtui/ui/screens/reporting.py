"""What came of an act, as toasts; also when Oxios takes it back."""

import time
from collections.abc import Awaitable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Final, cast

from textual import getters
from textual.app import App
from textual.notifications import SeverityLevel
from textual.screen import Screen

from oxtui.errors import OxtuiError
from oxtui.quoting import shortened
from oxtui.sanitize import sanitize
from oxtui.store.library import Library, LibraryChange
from oxtui.store.own_writes import OwnWrites
from oxtui.store.projects.catalog import NO_PROJECT
from oxtui.store.reverts import Reverts, Setting, told
from oxtui.store.values import SessionId
from oxtui.ui.options import Options
from oxtui.units import size

if TYPE_CHECKING:
    from oxtui.store.act_report import ActReport, Failure
    from oxtui.store.acts import Acts

_SHOWN_FAILURES: Final = 3
_REVERTS_GATHERED_S: Final = 0.3


class ReportScreen(Screen[None]):
    """A screen on a store that says what came of each act.

    Attributes:
        options: How the application was started.
        library: What is in the store.
        own_writes: Which states of its sessions were written here.
        reverts: What the user set, and what of it was taken back.
    """

    app = getters.app(cast("type[App[None]]", App))

    def __init__(self, options: Options, library: Library) -> None:
        super().__init__()
        self.options = options
        self.library = library
        self.own_writes = OwnWrites(library.entries)
        self.reverts = Reverts()
        self._reverts_unsaid = False
        self._to_be_read_until = 0.0
        library.subscribe(self._look_for_reverts)

    @cached_property
    def acts(self) -> "Acts":
        """What can be done to the store."""
        from oxtui.store.acts import Acts  # whose models the first frame need not wait for

        return Acts(self.library.store, self.show_progress, self.own_writes)

    def show_progress(self, done: int, total: int) -> None:
        """Shows how far an act is; for a screen to override."""

    def project_name(self, project_id: str | None) -> str:
        """The name of a project, as far as it is known."""
        if not project_id:
            return NO_PROJECT
        name = self.library.project_name(project_id)
        return project_id if name is None else name

    async def report(
        self,
        doing: "Awaitable[ActReport]",
        settings: Iterable[Setting] = (),
        *,
        is_undo: bool = False,
    ) -> "ActReport | None":
        """Waits for an act, shows what it did, and takes it in without waiting for the watch.

        Args:
            doing: The act.
            settings: What it sets, to notice if that is taken back.
            is_undo: Whether it takes back another act.
        """
        try:
            report = await doing
        except OxtuiError as error:
            self.say(error)
            return None
        changed = frozenset(report.sessions)
        self.reverts.remember(setting for setting in settings if setting.session_id in changed)
        await self.library.refresh(changed)
        # The watch may have told of it before it was known what to look for.
        self._look_for_reverts(LibraryChange(changed))
        await self.library.refresh_projects()
        if time.monotonic() > self._to_be_read_until:
            self.app.clear_notifications()  # what they say of undo is not so any more
        if report.done:
            freed = f", {size(report.size)}" if report.size else ""
            turn = ("redo", "does it again") if is_undo else ("undo", "undoes")
            advice = self.advice(*turn) if report.changed else ""
            said = f"{self._short(report.label)}{freed}.{advice}"
            self.notify(said, markup=False)
        if report.failures:
            reasons = [self._reason_of(failure) for failure in report.failures[:_SHOWN_FAILURES]]
            if more := len(report.failures) - len(reasons):
                reasons.append(f"{self.options.glyphs.left_out} and {more} more")
            if is_undo and not report.done:
                reasons += await self._next_undo()
            self.notify(
                "\n".join(reasons),
                title=_not_done(len(report.failures), len(report.done)),
                severity="warning",
                timeout=10,
                markup=False,
            )
        await self.after_act()
        return report

    def _reason_of(self, failure: "Failure") -> str:
        """Why something was not done, and to what: a title says more than the name of a file."""
        entry = self.library.entries.get(SessionId(failure.name))
        title = entry.summary.title if entry else None
        subject = self._short(f"“{title}”: ") if title else ""
        return f"{subject}{sanitize(failure.reason)}"  # whole: what to do about it comes last

    async def _next_undo(self) -> list[str]:
        """What the key does now that what was to be taken back could not be; nothing if unknown."""
        key = self.key_of("undo")
        try:
            waiting = [act for act in await self.acts.history() if act.state == "done"]
        except OxtuiError:  # which is said as soon as somebody asks for it
            return []
        if not (key and waiting):
            return []
        return [self._short(f"{key} now undoes: {waiting[0].label}")]

    def _short(self, sentence: str) -> str:
        return shortened(sanitize(sentence), self.options.glyphs.left_out)

    def advice(self, action: str, does: str) -> str:
        """A sentence to add, of which key does what; empty if none does."""
        key = self.key_of(action)
        return f" {key} {does}." if key else ""

    def key_of(self, action: str) -> str:
        """The name of the key that does something now; empty if none does."""
        bound = [each.binding for each in self.active_bindings.values()]
        keys = (self.app.get_key_display(each) for each in bound if each.action == action)
        return next(filter(None, keys), "")

    async def after_act(self) -> None:
        """Called when an act is done; for a screen to override."""

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Shows a toast; one that warns or has a title stays until there was time to read it."""
        if title or severity != "information":
            shown_s = self.app.NOTIFICATION_TIMEOUT if timeout is None else timeout
            self._to_be_read_until = max(self._to_be_read_until, time.monotonic() + shown_s)
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def say(self, error: OxtuiError) -> None:
        """Shows what went wrong."""
        self.notify(
            sanitize(error.message), title=error.title, severity="error", timeout=10, markup=False
        )

    # What Oxios takes back

    def _look_for_reverts(self, change: LibraryChange) -> None:
        """Notices what was taken back in sessions that changed."""
        if self.reverts.look(change.touched, self.library.entries, time.time_ns()):
            self._tell_reverts()

    def _tell_reverts(self) -> None:
        """Says what was taken back, once for all that comes at the same time."""
        if not self._reverts_unsaid:
            self._reverts_unsaid = True
            self.set_timer(_REVERTS_GATHERED_S, self._tell_reverts_now)

    def _tell_reverts_now(self) -> None:
        self._reverts_unsaid = False
        if taken_back := self.reverts.taken_back:
            said = told(taken_back, self.title_of, self.project_name)
            again = "it" if len(taken_back) == 1 else "them"
            advice = self.advice("set_again", f"does {again} again")
            self.notify(
                f"{self._short(said)}{advice}",
                title="Taken back",
                severity="warning",
                timeout=10,
                markup=False,
            )

    def title_of(self, session_id: SessionId) -> str:
        """What a session is called: by its title, else by its id."""
        entry = self.library.entries.get(session_id)
        return (entry and entry.summary.title) or session_id


def _not_done(failed: int, done: int) -> str:
    return "Not done" if failed + done == 1 else f"Not done for {failed:,} of {failed + done:,}"
