"""What the user did, in a file of lines, so that it is known and can be taken back after a restart.

An act is begun with its first change, and each of its changes is noted right before it is done, so
that one that was done is always known, whenever this process ends. One that was noted and then
could not be done is noted as void; where the process ended in between, who takes it back sees that
there is nothing to take back. When an act is taken back, the changes that did so are noted in place
of the first ones, and so on for doing it again; what the system refused is an act of its own then,
so that it can be tried again.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal
from uuid import uuid4

import msgspec
from msgspec import structs

from oxtui.errors import MadeElsewhereError, NotFoundError, OxtuiError, WriteFailedError
from oxtui.store.changes import Change
from oxtui.store.journal_file import Began, Did, JournalFile, Line, Reversed, Voided
from oxtui.store.timestamps import Timestamp
from oxtui.units import plural

if TYPE_CHECKING:
    from concurrent.futures import Future

ActKind = Literal["move", "rename", "pin", "delete", "prune", "restore", "project", "config"]


_WITHOUT_SESSIONS: Final = ("project", "config")


class Act(msgspec.Struct):
    """Something that the user did.

    Attributes:
        act_id: Its identity.
        at: When.
        kind: What kind of act.
        template: What it did, with `%n` for the sessions that it did it to.
        changes: What would have to be taken back, in the order in which it was done.
        undone: Whether it was taken back.
        given_up: Whether it can't be reversed any more: others went on with all that it changed.
        made_elsewhere: Whether nothing proves that this user did it, here.
    """

    act_id: str
    at: str
    kind: str
    template: str
    changes: list[Change]
    undone: bool = False
    given_up: bool = False
    made_elsewhere: bool = False

    @property
    def state(self) -> Literal["done", "undone", "final", "elsewhere"]:
        """What became of it, for the user; of what was made elsewhere, that it was."""
        done = "elsewhere" if self.made_elsewhere else "done"
        return "final" if self.given_up else "undone" if self.undone else done

    @property
    def label(self) -> str:
        """What it did, for the user: `Moved 3 sessions to api`."""
        return self.label_for(len(self.changes))

    def label_for(self, count: int) -> str:
        """What it would be called if it had been done to so many sessions."""
        return self.template if self.kind in _WITHOUT_SESSIONS else labelled(self.template, count)


def labelled(template: str, count: int) -> str:
    """What an act did, with the number of sessions that it did it to."""
    return template.replace("%n", plural(count, "session"), 1)


class Journal:
    """The acts of one store. All writing to be done under the store's lock.

    Attributes:
        file: Their lines.
    """

    def __init__(self, base: Path) -> None:
        self.file = JournalFile(base)

    @property
    def path(self) -> Path:
        """Where it is, to be shown."""
        return self.file.path

    def begin(
        self, kind: ActKind, template: str, announce: Callable[[Change], None] | None = None
    ) -> "OpenAct":
        """An act to note changes in.

        Args:
            kind: What kind of act.
            template: What it does, with `%n` for its sessions.
            announce: Told of each change before it is noted, and so before anybody can see it.
        """
        return OpenAct(self, kind, template, announce)

    def note_reversal(
        self, act_id: str, *, undone: bool, changes: Sequence[Change], rest: Sequence[Change] = ()
    ) -> None:
        """Notes that an act was taken back, or done again, by these changes.

        Without any, it can be neither taken back nor done again from now on.

        Args:
            act_id: The act.
            undone: Whether it was taken back.
            changes: What did so, in the order in which it was done.
            rest: Those of its changes that are still to be reversed.
        """
        rest_id = uuid4().hex if rest else ""
        now = Timestamp.now().text
        self.file.append(Reversed(act_id, now, undone, list(changes), rest_id, list(rest)))

    def history(self) -> list[Act]:
        """All acts that changed something, the last one first.

        Raises:
            UnreadableError: The journal can't be read.
        """
        acts, _ = self._read()
        return [act for act in reversed(acts.values()) if act.changes]

    def find(self, act_id: str) -> Act | None:
        """The act of this identity that was done here; None if it changed nothing, or for none.

        Raises:
            UnreadableError: The journal can't be read.
        """
        acts = (act for act in self.history() if act.act_id == act_id and not act.made_elsewhere)
        return next(acts, None)

    def last_noted(self) -> tuple[str, Change] | None:
        """The change that was noted here last, with its act; None if something came after it.

        Raises:
            UnreadableError: The journal can't be read.
        """
        last = next(iter(deque((line for line, ours in self.file.read() if ours), maxlen=1)), None)
        return (last.act_id, last.change) if isinstance(last, Did) else None

    def void(self, act_id: str) -> None:
        """Notes that the last change of an act was not done.

        Raises:
            WriteFailedError: The system refused.
        """
        self.file.append(Voided(act_id))

    def to_undo(self, *, made_elsewhere: bool = False) -> Act:
        """The act that undo takes back: the last one that is not taken back yet.

        Args:
            made_elsewhere: Whether it is one that was not done here by this user.

        Raises:
            MadeElsewhereError: There is only one that was made elsewhere, and none is wanted.
            NotFoundError: There is none.
        """
        waiting = [act for act in self.history() if not (act.undone or act.given_up)]
        wanted = [act for act in waiting if act.made_elsewhere is made_elsewhere]
        if not wanted and waiting and not made_elsewhere:
            raise MadeElsewhereError(
                f"Nothing that you did here is left to undo. “{waiting[0].label}” was done by "
                "another user or on another machine, and is not undone unasked: "
                "`oxtui undo --made-elsewhere` shows what that would change, and asks."
            )
        return _first(wanted, "There is nothing to undo.")

    def to_redo(self) -> Act:
        """The act that redo does again: the last one that was taken back, with none done since.

        Raises:
            NotFoundError: There is none.
        """
        acts, taken_back = self._read()
        return _first(
            (acts[act_id, True] for act_id in reversed(taken_back)), "There is nothing to redo."
        )

    def _read(self) -> tuple[dict[tuple[str, bool], Act], list[str]]:
        """All acts as they came, and the ids of those to be done again, the next one last.

        What was noted elsewhere says nothing of what was done here, whatever it claims.
        """
        acts: dict[tuple[str, bool], Act] = {}
        taken_back: list[str] = []
        for line, ours in self.file.read():
            if isinstance(line, Began):
                acts[line.act_id, ours] = Act(
                    line.act_id, line.at, line.kind, line.template, [], made_elsewhere=not ours
                )
                taken_back = [] if ours else taken_back
            elif act := acts.get((line.act_id, ours)) or _taken_over(acts, line, ours=ours):
                if isinstance(line, Did):
                    act.changes.append(line.change)
                    continue
                if isinstance(line, Voided):
                    del act.changes[-1:]
                    continue
                taken_back = [act_id for act_id in taken_back if act_id != line.act_id or not ours]
                act.given_up = not line.changes
                if line.changes:
                    act.undone, act.changes = line.undone, line.changes
                    taken_back += [line.act_id] if line.undone and ours else []
                if line.rest:
                    acts[line.rest_id, ours] = structs.replace(
                        act, act_id=line.rest_id, changes=line.rest, undone=not line.undone
                    )
                    taken_back += [line.rest_id] if ours and not line.undone else []
        return acts, taken_back


class OpenAct:
    """An act that is being done. It is in the journal once a change is noted.

    Attributes:
        changes: The changes that were noted, and are not void.
    """

    def __init__(
        self,
        journal: Journal,
        kind: ActKind,
        template: str,
        announce: Callable[[Change], None] | None,
    ) -> None:
        self.act_id = uuid4().hex
        self.changes: list[Change] = []
        self._journal = journal
        self._announce = announce
        self._synced: Future[None] | None = None
        self._began: tuple[Line, ...] = (Began(self.act_id, Timestamp.now().text, kind, template),)

    def note(self, change: Change) -> None:
        """Notes a change.

        Raises:
            WriteFailedError: The system refused.
        """
        if self._announce:
            self._announce(change)
        self._journal.file.append(*self._began, Did(self.act_id, change))
        self._began, self._synced = (), None
        self.changes.append(change)

    @contextmanager
    def noting(self, change: Change) -> Generator[None]:
        """Notes a change that the body is about to do; if that fails, it is void."""
        self.note(change)
        try:
            yield
        except (OxtuiError, OSError):
            self.changes.pop()
            self._synced = None
            with suppress(WriteFailedError):  # then it is seen when it is to be taken back
                self._journal.void(self.act_id)
            raise

    @contextmanager
    def noting_on_disk(self, change: Change) -> Generator[Callable[[], None]]:
        """As `noting`; the body gets what waits until the note is on the disk."""
        with self.noting(change):
            self._synced = self._journal.file.begin_sync()
            yield self._synced.result

    def begin_sync(self) -> "Future[None]":
        """As `JournalFile.begin_sync`, unless all that was noted is on its way already."""
        return self._synced or self._journal.file.begin_sync()


def _taken_over(acts: dict[tuple[str, bool], Act], line: Line, *, ours: bool) -> Act | None:
    """An act made elsewhere that was reversed here, which makes it this user's own."""
    if not (ours and isinstance(line, Reversed)):
        return None
    act = acts.pop((line.act_id, False), None)
    if act is not None:
        act.made_elsewhere = False
        acts[line.act_id, True] = act
    return act


def _first(acts: Iterable[Act], otherwise: str) -> Act:
    for act in acts:
        return act
    raise NotFoundError(otherwise)
