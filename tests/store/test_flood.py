"""One session that another program writes as fast as it can, and oxtui as well: no turn is lost.

`OXTUI_TEST_TURNS` says how many turns the other one takes in each case, on each file system and
with what the system has to offer; by default they are few, to be quick.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from oxtui.store.state_store import StateStore
from oxtui.store.values import SessionId
from tests.store.samples import plain_session, pretty

TURNS = int(os.environ.get("OXTUI_TEST_TURNS", "300"))
SESSION = SessionId("s")

# What Oxios does, as fast as it goes: read, append a turn, save by rename, and see at the next
# reading whether its turn is there. Only the last turns are kept, so that it stays quick.
_WRITER = """
import json, os, sys
path, turns, lost, torn, last = sys.argv[1], int(sys.argv[2]), 0, 0, None
for number in range(turns):
    try:
        session = json.loads(open(path, "rb").read())
    except ValueError:
        torn += 1
        continue
    said = [message["content"] for message in session["user_messages"]]
    lost += last is not None and last not in said
    last = f"turn {number}"
    session["user_messages"].append({"content": last, "timestamp": "2026-08-22T14:34:52Z"})
    session["user_messages"] = session["user_messages"][-40:]
    temp = f"{path}.{os.getpid()}.tmp"
    with open(temp, "w") as file:
        json.dump(session, file, indent=2)
    os.rename(temp, path)
print(json.dumps({"lost": lost, "torn": torn}))
"""

# Renames the session again and again; without leases or without an exchange, if that is asked for.
_OXTUI = """
import asyncio, errno, json, select, sys
from collections import Counter
from pathlib import Path
from oxtui.store import compare_and_swap, leases
from oxtui.store.acts import Acts
from oxtui.store.state_store import StateStore

def refused(*_):
    raise OSError(errno.EINVAL, "Invalid argument")

if sys.argv[2] == "no leases":
    leases._lease = refused
if sys.argv[2] == "no exchange":
    compare_and_swap.exchange = lambda *_: False

async def main():
    acts, done, told = Acts(StateStore(Path(sys.argv[1]))), 0, Counter()
    while not select.select([sys.stdin], [], [], 0)[0]:
        report = await acts.rename("s", f"title {done}")
        done += len(report.done)
        told.update(failure.reason for failure in report.failures)
        if done + told.total() == 1:
            print("begun", flush=True)
    print(json.dumps({"done": done, "refused": told}))

asyncio.run(main())
"""


@contextmanager
def disk(kind: str, folder: Path) -> Generator[Path]:
    """A folder on a file system of a kind."""
    if kind == "tmpfs":
        memory = Path("/dev/shm")
        if not memory.is_dir():
            pytest.skip("no file system in memory")
        with tempfile.TemporaryDirectory(dir=memory) as made:
            yield Path(made)
    elif kind == "overlay":
        with tempfile.TemporaryDirectory(dir="/dev/shm") as made:
            for name in ("lower", "upper", "work", "merged"):
                (Path(made) / name).mkdir()
            merged = Path(made) / "merged"
            options = ",".join(f"{k}dir={made}/{k}" for k in ("lower", "upper", "work"))
            mount = ["mount", "-t", "overlay", "overlay", "-o", options, str(merged)]
            if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
                pytest.skip("no overlay can be mounted")
            try:
                yield merged
            finally:
                subprocess.run(["umount", "-l", str(merged)], check=True)
    else:
        yield folder


@pytest.mark.timeout(60 + TURNS // 50)
@pytest.mark.parametrize("system", ["all", "no leases", "no exchange"])
@pytest.mark.parametrize("kind", ["here", "tmpfs", "overlay"])
def test_no_turn_is_lost_in_a_flood(tmp_path: Path, kind: str, system: str) -> None:
    with disk(kind, tmp_path) as folder:
        store = StateStore(folder / "store")
        store.sessions_path.mkdir(parents=True)
        path = store.session_path(SESSION)
        path.write_bytes(pretty(plain_session(SESSION, user_messages=[])))
        with subprocess.Popen(
            [sys.executable, "-c", _OXTUI, str(store.base_path), system],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as ours:
            assert ours.stdout
            assert ours.stdout.readline() == "begun\n"
            theirs = subprocess.run(
                [sys.executable, "-c", _WRITER, str(path), str(TURNS)],
                capture_output=True,
                text=True,
                check=True,
            )
            told, _ = ours.communicate("stop")
        assert ours.returncode == 0
        found, acted = json.loads(theirs.stdout), json.loads(told)
        sys.stdout.write(f"{kind}, {system}: {TURNS} turns, {found}, {acted}\n")
        assert found == {"lost": 0, "torn": 0}
        assert json.loads(path.read_bytes())["user_messages"][-1]["content"] == f"turn {TURNS - 1}"
        assert [each.name for each in store.sessions_path.iterdir()] == [path.name]
        if system == "all":
            assert acted["done"]
        for reason in acted["refused"]:
            assert "being written" in reason
