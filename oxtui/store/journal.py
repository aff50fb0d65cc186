"""What the user did, in a file of lines, so that it is known and can be taken back after a restart.

An act is begun with its first change, and each of its changes is noted right before it is done, so
that one that was done is always known, whenever this process ends. One that was noted and then
could not be done is noted as void; where the process ended in between, who takes it back sees that
there is nothing to take back. When an act is taken back, the changes that did so are noted in place
of the first ones, and so on for doing it again; what the system refused is an act of its own then,
so that it can be tried again.
"""

import errno
import os
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Literal
from uuid import uuid4

import msgspec
from msgspec import structs

from oxtui.errors import (
    MadeElsewhereError,
    NotFoundError,
    OxtuiError,
    UnreadableError,
    WriteFailedError,
)
from oxtui.store.changes import Change
from oxtui.store.origin import Origin
from oxtui.store.own_folder import open_file_at, own_folder, own_path
from oxtui.store.refusals import explained
from oxtui.store.regular_files import write_all
from oxtui.store.timestamps import Timestamp
from oxtui.units import plural

ActKind = Literal["move", "rename", "pin", "delete", "prune", "restore", "project", "config"]


class _Began(msgspec.Struct, frozen=True, tag="began"):
    act_id: str
    at: str
    kind: str
    template: str


class _Did(msgspec.Struct, frozen=True, tag="did"):
    act_id: str
    change: Change


class _Voided(msgspec.Struct, frozen=True, tag="voided"):
    """The last change of an act was noted, but not done."""

    act_id: str


class _Reversed(msgspec.Struct, frozen=True, tag="turned"):
    """An act was taken back, or done again.

    Attributes:
        act_id: The act.
        at: When.
        undone: Whether it was taken back.
        changes: What did so; none if it can't be reversed any more.
        rest_id: The identity of the act that what is left of it is from now on.
        rest: What of its changes is left to be reversed, since the system refused.
    """

    act_id: str
    at: str
    undone: bool
    changes: list[Change]
    rest_id: str = ""
    rest: list[Change] = []


_BESIDE: Final = ThreadPoolExecutor(1, "journal")
_FILE: Final = "journal.jsonl"
_LONGEST_LINE: Final = 64 << 20
_REFUSED_BY_THE_DISK: Final = frozenset({errno.EIO, errno.ENOSPC, errno.EDQUOT})
_WITHOUT_SESSIONS: Final = ("project", "config")
_Line = _Began | _Did | _Voided | _Reversed
_LINE: Final = msgspec.json.Decoder(_Line)


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
    def state(self) -> Literal["done", "undone", "final"]:
        """What became of it, for the user."""
        return "final" if self.given_up else "undone" if self.undone else "done"

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
    """The acts of one store. All writing to be done under the store's lock."""

    def __init__(self, base: Path) -> None:
        self._base = base

    @property
    def path(self) -> Path:
        """Where it is, to be shown."""
        return own_path(self._base, _FILE)

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

    def append(self, *lines: _Line) -> None:
        """Adds lines.

        Raises:
            WriteFailedError: The system refused.
        """
        # A line that a crash cut off must not swallow the one after it.
        records = map(msgspec.json.encode, lines)
        try:
            origin = Origin.made(self._base)
            text = b"".join(b"\n" + (origin.proved(r) if origin else r) for r in records)
            with own_folder(self._base, make=True) as folder:
                descriptor = open_file_at(folder, _FILE, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
            try:
                write_all(descriptor, text)
            finally:
                os.close(descriptor)
        except OSError as error:
            raise self._not_written(error) from error

    def _not_written(self, error: OSError) -> WriteFailedError:
        return WriteFailedError(f"{self.path} was not written: {explained(error)}")

    def sync(self) -> None:
        """Brings what was noted to the disk, as far as the file system can.

        Raises:
            WriteFailedError: It could, and the disk refused.
        """
        try:
            with own_folder(self._base) as folder:
                descriptor = open_file_at(folder, _FILE, os.O_RDONLY)
            try:
                os.fdatasync(descriptor)
            finally:
                os.close(descriptor)
        except OSError as error:
            if error.errno in _REFUSED_BY_THE_DISK:
                raise self._not_written(error) from error

    def begin_sync(self) -> "Future[None]":
        """Begins to bring what was noted to the disk while the caller syncs something else.

        A file system commits together what is synced at the same time.
        """
        return _BESIDE.submit(self.sync)

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
        self.append(_Reversed(act_id, now, undone, list(changes), rest_id, list(rest)))

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
        last = next(iter(deque((line for line, ours in self._lines() if ours), maxlen=1)), None)
        return (last.act_id, last.change) if isinstance(last, _Did) else None

    def void(self, act_id: str) -> None:
        """Notes that the last change of an act was not done.

        Raises:
            WriteFailedError: The system refused.
        """
        self.append(_Voided(act_id))

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
                "another user or on another machine, and is not undone unasked."
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
        for line, ours in self._lines():
            if isinstance(line, _Began):
                acts[line.act_id, ours] = Act(
                    line.act_id, line.at, line.kind, line.template, [], made_elsewhere=not ours
                )
                taken_back = [] if ours else taken_back
            elif act := acts.get((line.act_id, ours)) or _taken_over(acts, line, ours=ours):
                if isinstance(line, _Did):
                    act.changes.append(line.change)
                    continue
                if isinstance(line, _Voided):
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

    def _lines(self) -> Iterator[tuple[_Line, bool]]:
        """What was noted, and whether that was here, by this user."""
        try:
            origin = Origin.known(self._base)
            with own_folder(self._base) as folder:
                descriptor = open_file_at(folder, _FILE, os.O_RDONLY)
            with os.fdopen(descriptor, "rb") as lines:
                while line := lines.readline(_LONGEST_LINE):  # there may be more than fit in memory
                    if len(line) == _LONGEST_LINE:
                        raise UnreadableError(
                            f"{self.path} has a line of more than {_LONGEST_LINE >> 20} MB, which "
                            "oxtui never writes. Move the file away, then try again."
                        )
                    line = line.rstrip(b"\n")
                    try:
                        yield _LINE.decode(line), bool(origin and origin.proves(line))
                    except (msgspec.DecodeError, UnicodeDecodeError):
                        continue  # cut off by a crash, or of a newer version
        except FileNotFoundError:
            return
        except OSError as error:
            raise UnreadableError(f"{self.path} can't be read: {explained(error)}") from error


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
        self._began: tuple[_Line, ...] = (
            _Began(self.act_id, Timestamp.now().text, kind, template),
        )

    def note(self, change: Change) -> None:
        """Notes a change.

        Raises:
            WriteFailedError: The system refused.
        """
        if self._announce:
            self._announce(change)
        self._journal.append(*self._began, _Did(self.act_id, change))
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
            self._synced = self._journal.begin_sync()
            yield self._synced.result

    def begin_sync(self) -> "Future[None]":
        """As `Journal.begin_sync`, unless all that was noted is on its way already."""
        return self._synced or self._journal.begin_sync()


def _taken_over(acts: dict[tuple[str, bool], Act], line: _Line, *, ours: bool) -> Act | None:
    """An act made elsewhere that was reversed here, which makes it this user's own."""
    if not (ours and isinstance(line, _Reversed)):
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
