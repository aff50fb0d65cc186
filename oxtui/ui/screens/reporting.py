"""What came of an act, as toasts; also when Oxios takes it back."""

import asyncio
import time
from collections.abc import Awaitable, Iterable
from functools import cached_property
from typing import TYPE_CHECKING, Final

from textual.notifications import SeverityLevel

from oxtui.errors import OxtuiError
from oxtui.glyphs import Glyphs
from oxtui.quoting import shortened
from oxtui.sanitize import sanitize
from oxtui.store.library import Library, LibraryChange
from oxtui.store.own_writes import OwnWrites
from oxtui.store.projects.catalog import NO_PROJECT
from oxtui.store.reverts import Reverts, Setting, told
from oxtui.store.values import SessionId
from oxtui.ui.own_keys import OwnKeys
from oxtui.ui.screens.messages import ActReported
from oxtui.ui.status import StatusLine
from oxtui.units import size

if TYPE_CHECKING:
    from oxtui.store.act_report import ActReport, Failure
    from oxtui.store.acts import Acts

_SHOWN_FAILURES: Final = 3
_REVERTS_GATHERED_S: Final = 0.3
_RECOVERED_S: Final = 30


class Reporter:
    """Says what came of each act on a store.

    Attributes:
        reverts: What the user set, and what of it was taken back.
    """

    def __init__(
        self,
        app: OwnKeys,
        library: Library,
        own_writes: OwnWrites,
        status: StatusLine,
        *,
        glyphs: Glyphs,
    ) -> None:
        """Makes one.

        Args:
            app: Where toasts are shown.
            library: What is in the store.
            own_writes: Learns which states of its sessions are written here.
            status: Shows how far an act is.
            glyphs: The signs to draw with.
        """
        self._app = app
        self._library = library
        self._own_writes = own_writes
        self._status = status
        self._glyphs = glyphs
        self.reverts = Reverts()
        self._reverts_unsaid = False
        self._to_be_read_until = 0.0
        library.subscribe(self._look_for_reverts)

    @cached_property
    def acts(self) -> "Acts":
        """What can be done to the store."""
        from oxtui.store.acts import Acts  # whose models the first frame need not wait for

        return Acts(self._library.store, self._status.show_progress, self._own_writes)

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
        await self._library.refresh(changed)
        # The watch may have told of it before it was known what to look for.
        self._look_for_reverts(LibraryChange(changed))
        await self._library.refresh_projects()
        if time.monotonic() > self._to_be_read_until:
            self._app.clear_notifications()  # what they say of undo is not so any more
        if report.done:
            freed = f", {size(report.size)}" if report.size else ""
            turn = ("redo", "does it again") if is_undo else ("undo", "undoes")
            advice = self._app.advice(*turn) if report.changed else ""
            said = f"{self._short(report.label)}{freed}.{advice}"
            self.notify(said)
        if report.failures:
            reasons = [self._reason_of(failure) for failure in report.failures[:_SHOWN_FAILURES]]
            if more := len(report.failures) - len(reasons):
                reasons.append(f"{self._glyphs.left_out} and {more} more")
            if is_undo and not report.done:
                reasons += await self._next_undo()
            self.notify(
                "\n".join(reasons),
                title=_not_done(len(report.failures), len(report.done)),
                severity="warning",
                timeout=10,
            )
        self._app.post_message(ActReported())
        return report

    async def recover(self, *, thorough: bool) -> None:
        """Sees to what a crash left, and says what of it matters.

        Args:
            thorough: Whether to look at all of the store, and not only for what was interrupted.
        """
        store = self._library.store
        if store.read_only is not None:
            return

        def recovered() -> tuple[str, ...]:
            from oxtui.store.recovery import recover  # mostly there is nothing to recover

            return recover(store.base_path, thorough=thorough)

        try:
            said = await asyncio.to_thread(recovered)
        except OxtuiError as error:
            self.say(error)
            return
        if said:
            self.notify(
                sanitize(" ".join(said)),
                title="Finished what a crash interrupted",
                timeout=_RECOVERED_S,
            )

    def say(self, error: OxtuiError) -> None:
        """Shows what went wrong, which is the end of what was being done."""
        self._status.show_progress(0, 0)
        self.notify(sanitize(error.message), title=error.title, severity="error", timeout=10)

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
    ) -> None:
        """Shows a toast, without markup.

        One that warns or has a title stays until there was time to read it, whatever is done next.
        """
        if title or severity != "information":
            shown_s = self._app.NOTIFICATION_TIMEOUT if timeout is None else timeout
            self._to_be_read_until = max(self._to_be_read_until, time.monotonic() + shown_s)
        self._app.notify(message, title=title, severity=severity, timeout=timeout, markup=False)

    def title_of(self, session_id: SessionId) -> str:
        """What a session is called: by its title, else by its id."""
        entry = self._library.entries.get(session_id)
        return (entry and entry.summary.title) or session_id

    def project_name(self, project_id: str | None) -> str:
        """The name of a project, as far as it is known."""
        if not project_id:
            return NO_PROJECT
        name = self._library.project_name(project_id)
        return project_id if name is None else name

    def _reason_of(self, failure: "Failure") -> str:
        """Why something was not done, and to what: a title says more than the name of a file."""
        entry = self._library.entries.get(SessionId(failure.name))
        title = entry.summary.title if entry else None
        subject = self._short(f"“{title}”: ") if title else ""
        return f"{subject}{sanitize(failure.reason)}"  # whole: what to do about it comes last

    async def _next_undo(self) -> list[str]:
        """What the key does now that what was to be taken back could not be; nothing if unknown."""
        key = self._app.key_of("undo")
        try:
            waiting = [act for act in await self.acts.history() if act.state == "done"]
        except OxtuiError:  # which is said as soon as somebody asks for it
            return []
        if not (key and waiting):
            return []
        return [self._short(f"{key} now undoes: {waiting[0].label}")]

    def _short(self, sentence: str) -> str:
        return shortened(sanitize(sentence), self._glyphs.left_out)

    # What Oxios takes back

    def _look_for_reverts(self, change: LibraryChange) -> None:
        """Notices what was taken back in sessions that changed, and says it once for all."""
        found = self.reverts.look(change.touched, self._library.entries, time.time_ns())
        if found and not self._reverts_unsaid:
            self._reverts_unsaid = True
            self._app.set_timer(_REVERTS_GATHERED_S, self._tell_reverts)

    def _tell_reverts(self) -> None:
        self._reverts_unsaid = False
        if taken_back := self.reverts.taken_back:
            said = told(taken_back, self.title_of, self.project_name)
            again = "it" if len(taken_back) == 1 else "them"
            advice = self._app.advice("set_again", f"does {again} again")
            self.notify(
                f"{self._short(said)}{advice}",
                title="Taken back",
                severity="warning",
                timeout=10,
            )


def _not_done(failed: int, done: int) -> str:
    return "Not done" if failed + done == 1 else f"Not done for {failed:,} of {failed + done:,}"
