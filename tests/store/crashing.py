"""Acts on a store by processes that are killed, or refused something, at one of their steps.

A nursery imports everything once and forks a child for each run. A step is whatever the child is
about to ask of the system that touches the store or a file that it has open; the children count
them by an audit hook, and by wrappers around the calls that raise no audit event.
"""

import asyncio
import errno
import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self
from uuid import UUID

from oxtui.errors import OxtuiError
from oxtui.store import compare_and_swap, rename
from oxtui.store.acts import Acts
from oxtui.store.projects import catalog
from oxtui.store.prune import plan_prune
from oxtui.store.state_store import StateStore
from oxtui.store.summaries.entries import SessionEntry
from oxtui.store.summaries.scan import scan
from oxtui.store.timestamps import Timestamp
from oxtui.store.values import PruneConfig, SessionId
from tests.store.projects.oxios_db import API

A, B, C = (SessionId(name) for name in "abc")
NEW_PROJECT: Final = UUID("11111111-2222-4333-8444-555555555555")
NOW: Final = Timestamp.parse("2026-09-01T00:00:00.123456789Z")
PATIENCE_S: Final = 60.0
_RENAMEAT2: Final = "_renameat2"
_ROOT: Final = Path(__file__).parents[2]

Doing = Callable[[Acts, StateStore], Coroutine[Any, Any, object]]

THEIRS: Final = b'"of another program"'
"""What another program writes to a session, once and once more."""


def with_turn(data: bytes) -> bytes:
    """A session as another program would save it after one more turn."""
    session = json.loads(data)
    session["user_messages"].append({"content": json.loads(THEIRS), "timestamp": NOW.text})
    return json.dumps(session, indent=2).encode()


def _saved_by_another(path: Path, loaded: bytes) -> None:
    """Saves a session with one more turn than was loaded, as Oxios does."""
    with _STEPS[0].uncounted():
        temp = path.with_suffix(".other")
        temp.write_bytes(with_turn(loaded))
        temp.replace(path)


async def _move_among_others(acts: Acts, store: StateStore, *, again: bool) -> object:
    """A move, and another program saves the session right before, or also right after the swap."""
    path, real, seen = store.session_path(A), compare_and_swap.exchange, False

    def exchange(one: Path, other: Path) -> bool:
        nonlocal seen
        first, seen = not seen, True
        if first:
            _saved_by_another(path, path.read_bytes())
        done = real(one, other)
        if first and again:
            _saved_by_another(path, one.read_bytes())
        return done

    compare_and_swap.exchange = exchange
    return await acts.move([A], "p2", "web")


async def _go_on(acts: Acts, _: StateStore) -> object:
    """Another act, to see that it can be done, and taken back."""
    report = await acts.pin([C], pinned=True)
    return report if report.failures else await acts.undo()


async def _stream(acts: Acts, store: StateStore) -> object:
    """Acts without end."""
    while True:
        with suppress(OxtuiError):
            await _any_act(acts, store)


async def _any_act(acts: Acts, store: StateStore) -> object:
    entries = [e for e in scan(store.sessions_path, {}) if isinstance(e, SessionEntry)]
    some = [e.session_id for e in entries if random.random() < 0.4]
    match random.randrange(8):
        case 0 | 1 | 2:
            return await acts.move(some, random.choice(["p1", "p2", None]), "it")
        case 3:
            rows = plan_prune(entries, PruneConfig(0, 1), Timestamp.now().ns).going
            return await acts.prune(row for row in rows if row.session_id in some[:2])
        case 4:
            return await acts.restore(store.trash.entries()[:2])
        case 5:
            config = store.base_path / "config.toml"
            return await acts.configure(config, {"max_sessions": random.randrange(50)})
        case 6:
            return await acts.undo()
        case _:
            return await acts.redo()


async def _prune(acts: Acts, store: StateStore) -> object:
    with _STEPS[0].uncounted():
        entries = [e for e in scan(store.sessions_path, {}) if isinstance(e, SessionEntry)]
    return await acts.prune(plan_prune(entries, PruneConfig(0, 1), NOW.ns).going)


async def _move_all(acts: Acts, store: StateStore) -> object:
    return await acts.move([A, B], "p2", "web")


ACTS: Final[dict[str, Doing]] = {
    "move": lambda acts, _: acts.move([A], "p2", "web"),
    "move two": _move_all,
    "rename": lambda acts, _: acts.rename(A, "한 title"),
    "pin": lambda acts, _: acts.pin([A], pinned=True),
    "delete": lambda acts, _: acts.delete([A]),
    "delete two": lambda acts, _: acts.delete([A, B]),
    "prune": _prune,
    "restore": lambda acts, store: acts.restore(store.trash.entries()[::-1]),
    "empty trash": lambda acts, store: acts.empty_trash(store.trash.entries()),
    "edit config": lambda acts, store: acts.configure(
        store.base_path / "config.toml", {"max_sessions": 7, "auto_prune": False}
    ),
    "add project": lambda acts, _: acts.add_project("web"),
    "rename project": lambda acts, _: acts.rename_project(API, "core"),
    "move among others": lambda acts, store: _move_among_others(acts, store, again=False),
    "move among many": lambda acts, store: _move_among_others(acts, store, again=True),
    "stream": _stream,
    "go on": _go_on,
    "undo": lambda acts, _: acts.undo(),
    "redo": lambda acts, _: acts.redo(),
}
"""What a child can do, by name."""


class Ended(NamedTuple):
    """How a run ended.

    Attributes:
        killed: Whether it was killed.
        steps: What it was about to ask of the system, in order.
        errors: What was told as not done.
        crash: What no user should see: the name of another exception.
    """

    killed: bool
    steps: list[str]
    errors: list[str]
    crash: str


class Nursery:
    """A process that forks a child for each run."""

    def __init__(self, *, exchange: bool = True) -> None:
        command = [sys.executable, "-m", __name__, str(int(exchange))]
        self._process = subprocess.Popen(
            command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.communicate()

    def stream(self, base: Path, seconds: float) -> Ended:
        """Lets a child do acts without end, and kills it after so long."""
        return self.run(base, "stream", -int(seconds * 1e6))

    def run(self, base: Path, act: str, at: int = 0, fault: int = 0) -> Ended:
        """Lets a child do an act.

        Args:
            base: The store.
            act: One of `ACTS`.
            at: The step at which it is killed or refused, from 1; 0 lets it end.
            fault: The error number with which it is refused; 0 kills it.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(
            json.dumps([str(Path.home()), str(base), act, at, fault]),
            file=self._process.stdin,
            flush=True,
        )
        return Ended(*json.loads(self._process.stdout.readline()))


# Inside the nursery


_AUDITED: Final = {
    "open": 1,
    "os.chmod": 1,
    "os.link": 2,
    "os.mkdir": 1,
    "os.remove": 1,
    "os.rename": 2,
    "os.rmdir": 1,
    "os.truncate": 1,
    "os.utime": 1,
    "fcntl.flock": 1,
    "fcntl.fcntl": 1,
}
_LOOKS: Final = ("open to read", "os.pread")


_BY_DESCRIPTOR: Final = ("os.remove", "os.rmdir")


class _Steps:
    """Counts steps, and ends or refuses one of them."""

    def __init__(self, base: str, at: int, fault: int) -> None:
        self._base = base
        self._at = at
        self._fault = fault
        self.taken: list[str] = []
        self._out = False

    def audit(self, event: str, args: tuple[Any, ...]) -> None:
        count = _AUDITED.get(event)
        if count is None:
            return
        relative = event in _BY_DESCRIPTOR and args[1] != -1
        if not relative and not any(map(self._touches, args[:count])):
            return
        if event == "open" and isinstance(args[2], int) and not args[2] & os.O_ACCMODE:
            event = "open to read"
        self.step(event, args[0])

    def _touches(self, path: object) -> bool:
        return isinstance(path, int) or os.fsdecode(str(path)).startswith(self._base)

    def step(self, what: str, path: object, halfway: Callable[[], object] | None = None) -> None:
        if self._out or (not self._fault and what in _LOOKS):
            return
        self.taken.append(f"{what} {Path(str(path)).name}")
        if len(self.taken) != self._at:
            return
        if self._fault:
            raise OSError(self._fault, os.strerror(self._fault), str(path))
        if halfway:
            halfway()
        os.kill(os.getpid(), signal.SIGKILL)

    def watch(self) -> None:
        """Counts from now on."""
        for name in ("write", "pwrite", "pread", "fsync", "fdatasync"):
            self._wrap(name)
        real = getattr(rename, _RENAMEAT2)()
        if real is not None:

            def renameat2(one: int, source: bytes, other: int, target: bytes, flags: int) -> int:
                try:
                    self.step("renameat2", os.fsdecode(target))
                except OSError as error:
                    return error.errno or errno.EIO
                return real(one, source, other, target, flags)

            setattr(rename, _RENAMEAT2, lambda: renameat2)
        connect = sqlite3.connect

        def connecting(*args: Any, **others: Any) -> sqlite3.Connection:
            connection = connect(*args, **others)
            if not self._fault:  # an exception in there would be lost
                connection.set_trace_callback(lambda text: self.step(f"sql {text[:9]}", ""))
            return connection

        sqlite3.connect = connecting
        sys.addaudithook(self.audit)

    def _wrap(self, name: str) -> None:
        real = getattr(os, name)

        def wrapped(descriptor: int, *args: Any) -> Any:
            self.step(f"os.{name}", descriptor)
            if name == "write":
                data = bytes(args[0])
                self.step("os.write, half", descriptor, lambda: real(descriptor, data[:-9]))
            return real(descriptor, *args)

        setattr(os, name, wrapped)

    @contextmanager
    def uncounted(self) -> Generator[None]:
        """Counts nothing in the body."""
        before, self._out = self._out, True
        try:
            yield
        finally:
            self._out = before


_STEPS: Final[list[_Steps]] = []


def _fix_what_differs() -> None:
    Timestamp.now = classmethod(lambda _: NOW)  # pyright: ignore[reportAttributeAccessIssue] - a clock that stands still
    catalog.uuid4 = lambda: NEW_PROJECT  # pyright: ignore[reportPrivateImportUsage] - so that every run adds the same


def _child(base: str, act: str, at: int, fault: int, said: int) -> None:
    steps = _Steps(base, at, fault)
    _STEPS.append(steps)
    if act == "stream":
        random.seed(at)
        os.write(said, b" ")
    else:
        steps.watch()
    errors, crash = _done(Path(base), act)
    with steps.uncounted():
        if fault and not crash:
            more, crash = _done(Path(base), "go on")
            errors += [f"AFTERWARDS {error}" for error in more]
        os.write(said, json.dumps([False, steps.taken, errors, crash]).encode())


def _done(base: Path, act: str) -> tuple[list[str], str]:
    """Does an act; what was told as not done, and what no user should see."""
    store = StateStore(base)
    try:
        result = asyncio.run(ACTS[act](Acts(store), store))
        return [failure.reason for failure in getattr(result, "failures", ())], ""
    except OxtuiError as error:
        return [error.message], ""
    except Exception as error:  # noqa: BLE001 - it is what the test is to see
        return [], repr(error)


def _run(home: str, base: str, act: str, at: int, fault: int) -> str:
    os.environ["HOME"] = home  # each test has its own
    hear, say = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if not child:
        os.close(hear)
        try:
            _child(base, act, at, fault, say)
        finally:
            os._exit(0)
    os.close(say)
    with os.fdopen(hear, "rb") as file:
        if at < 0:
            file.read(1)
            time.sleep(-at / 1e6)  # at any time is what is wanted
            os.kill(child, signal.SIGKILL)
        said = file.read()
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return (
        said.decode() if said.strip() else json.dumps([killed, [], [], "" if killed else "no word"])
    )


def main() -> None:
    """Runs what is asked for, line by line."""
    import tomlkit as _  # noqa: F401 - which a change of the configuration would load each time

    _fix_what_differs()
    if sys.argv[1] == "0":
        setattr(rename, _RENAMEAT2, lambda: None)
        compare_and_swap.QUIET_S = 0.0  # else the steps are as many as the time takes
    for line in sys.stdin:
        sys.stdout.write(f"{_run(*json.loads(line))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
