"""Programs beside oxtui, as tests need them: each runs in a process of its own."""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

# What Oxios does with a session, without its lock-free luck: load, append a turn, save by rename,
# again and again; notes in each turn the title and the project that it found, says the number of
# each turn once it is saved, and stops when its input ends.
_OXIOS = """
import json, os, select, sys
number = 0
while not select.select([sys.stdin], [], [], 0)[0]:
    for path in sys.argv[1:]:
        session = json.loads(open(path, "rb").read())
        session["user_messages"].append({
            "content": str(number),
            "timestamp": "2026-08-22T14:34:52.123456789Z",
            "found": [session["metadata"].get("title"), session.get("project_id")],
        })
        temp = f"{path}.{os.getpid()}.{number}.tmp"
        with open(temp, "w") as file:
            json.dump(session, file, indent=2)
        os.rename(temp, path)
    number += 1
    if number == 1:
        print("saved", flush=True)
print(number)
"""

# Whoever opens files all the time: each must be there, and whole.
_READER = """
import json, select, sys
number = 0
while not select.select([sys.stdin], [], [], 0)[0]:
    for path in sys.argv[1:]:
        json.loads(open(path, "rb").read())
    number += 1
    if number == 1:
        print("read", flush=True)
print(number)
"""


class Other:
    """A program that goes on with all its files at once until it is stopped."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process
        self.turns = 0

    def stop(self) -> None:
        """Lets it finish its turn; `turns` is then how many it took with each file."""
        out, _ = self._process.communicate(timeout=30)
        assert self._process.returncode == 0
        self.turns = int(out.split()[-1])


@contextmanager
def oxios(*paths: Path) -> Generator[Other]:
    """Runs a stand-in for Oxios on sessions; its first turn is saved when the body begins."""
    with _running(_OXIOS, paths) as other:
        yield other


@contextmanager
def reader(*paths: Path) -> Generator[Other]:
    """Runs a reader of files, which fails when one of them is torn or absent."""
    with _running(_READER, paths) as other:
        yield other


@contextmanager
def _running(program: str, paths: tuple[Path, ...]) -> Generator[Other]:
    command = [sys.executable, "-c", program, *map(str, paths)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline()
        try:
            yield Other(process)
        finally:
            if process.poll() is None:
                process.kill()
