"""Commands of oxtui, each in a process of its own that either answers or is known not to.

Starting Python and importing oxtui takes longer than most commands. So one process imports
everything, and each command is a fork of it: with its own output, home, user and end, and without
any that is left of the one before.
"""

import asyncio
import gc
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

PATIENCE_S: Final = 20.0
"""How long a command may take: what ends at all ends long before."""

OPEN: Final = "open the application"
"""In place of the name of a command: the application, through its pilot."""

RECOVER: Final = "recover"
"""In place of the name of a command: what the application does once it has listed a store."""

HUNG: Final = -1
_MOST_PAUSES: Final = 100
_NEEDED_LATER: Final = (
    "aiofiles", "ctypes", "encodings.utf_8_sig", "markdown_it", "pydantic", "pydantic_core",
    "tomlkit", "tomlkit.exceptions", "tomlkit.items", "tomllib", "watchfiles", "tests.ui.conftest",
)  # fmt: skip
"""What is imported when it is needed, by then perhaps as a user who can't read where it lies."""

NOBODY: Final = 65534


class Answer(NamedTuple):
    """How a command ended."""

    code: int
    out: str
    said: str


class Answering:
    """Runs commands."""

    def __init__(self, requests: IO[str], answers: IO[str], folder: Path) -> None:
        self._requests = requests
        self._answers = answers
        self._folder = folder

    def __call__(
        self, store: Path, *arguments: str, env: Mapping[str, str], as_nobody: bool = False
    ) -> Answer:
        """Runs a command on a store, and says how it ended; its code is `HUNG` if it did not."""
        out, said = self._folder / "out", self._folder / "said"
        option = () if arguments[0] in (OPEN, RECOVER) else ("--store",)
        request = {
            "arguments": [*arguments, *option, str(store)],
            "env": dict(env),
            "out": str(out),
            "said": str(said),
            "as_nobody": as_nobody,
        }
        self._requests.write(json.dumps(request) + "\n")
        self._requests.flush()
        code = int(self._answers.readline())
        texts = (path.read_text("utf-8", "replace") for path in (out, said))
        return Answer(code, *texts)


@contextmanager
def answering() -> Generator[Answering]:
    """Starts the process that commands are forks of."""
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen(
            [sys.executable, "-m", "tests.answering"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parent.parent,
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        yield Answering(process.stdin, process.stdout, Path(folder))
        process.stdin.close()
        assert process.wait(timeout=PATIENCE_S) == 0


# In the process that commands are forks of


def _serve() -> None:
    import pkgutil
    from importlib import import_module

    import oxtui

    for module in pkgutil.walk_packages(oxtui.__path__, "oxtui."):
        if module.name != "oxtui.__main__":
            import_module(module.name)
    for name in _NEEDED_LATER:
        import_module(name)
    gc.freeze()
    _say("ready")
    for line in sys.stdin:
        request = json.loads(line)
        if not (child := os.fork()):
            _become(request)
            break
        _say(_waited_for(child))
    else:
        return
    os._exit(_ended(request["arguments"]))  # taking all modules apart takes longer than the command


def _say(what: object) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def _become(request: Mapping[str, Any]) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for target, source in ((1, request["out"]), (2, request["said"])):
        os.dup2(os.open(source, flags, 0o600), target)
    os.dup2(nothing, 0)
    os.setsid()
    os.environ.update(request["env"])
    if request["as_nobody"]:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _waited_for(child: int) -> int:
    watched = os.pidfd_open(child)
    try:
        if not select.select([watched], [], [], PATIENCE_S)[0]:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return HUNG
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    finally:
        os.close(watched)


def _can_import() -> bool:
    """Whether what the application imports as it goes on may be read by who it runs as."""
    import textual

    return os.access(textual.__file__, os.R_OK)


def _ended(arguments: Sequence[str]) -> int:
    """Runs a command; how it ends, as it would end a process."""
    from oxtui.cli import main

    gc.disable()
    try:
        if arguments[0] == OPEN and _can_import():
            asyncio.run(_open(Path(arguments[1])))
        elif arguments[0] in (OPEN, RECOVER):
            _recover(Path(arguments[1]))
        else:
            main(arguments)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


def _recover(base: Path) -> None:
    from oxtui.errors import OxtuiError
    from oxtui.store.recovery import recover

    try:
        recover(base, thorough=True)
    except OxtuiError as error:
        sys.stderr.write(f"{error.message}\n")


async def _open(base: Path) -> None:
    """Opens the application, lets it see to what a crash left, and looks at the history."""
    from tests.ui.conftest import app_on, main_screen

    app = app_on(base)
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        screen = main_screen(app)
        for _ in range(_MOST_PAUSES):  # a folder that is not there has no entries
            if screen.library.entries or screen.library.problem:
                break
            await pilot.pause(0.01)
        await asyncio.to_thread(_recover, base)
        await pilot.press("H")
        await pilot.pause()
        await pilot.press("escape", "q")


if __name__ == "__main__":
    _serve()
