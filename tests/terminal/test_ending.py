"""The program ends when it is to end, whatever it is doing, and is a job like any other."""

import os
import signal
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from oxtui.demo import write_demo
from tests.terminal.terminal import OXTUI, Terminal
from tests.terminal.test_leaving import SEEN, assert_clean, left_on, stopped

_AT_ONCE_S = 6.0
"""Beside other tests a program that ends within a second takes some more, and one that hangs more
than this."""

# What is drawn first begins to take all of the time there is, or a thread of the pool for ever.
BUSY = """
import asyncio, os, time
from oxtui.ui.driver import SturdyDriver

class Busy(SturdyDriver):
    done = False
    def write(self, data):
        super().write(data)
        if "40 sessions" in data and not self.done:
            self.done = True
            {what}
"""
LOOP = "asyncio.get_running_loop()"
LOOPS = f"{LOOP}.call_later(0.5, exec, 'while True: pass')"
WAITS = f"{LOOP}.call_later(0.5, time.sleep, 1000)"
POOL = f"[{LOOP}.run_in_executor(None, time.sleep, 1000) for _ in range(2)]"
FULL = f"{LOOP}.call_later(0.5, exec, 'while True: self.write(\"x\" * 9999)', {{'self': self}})"
BUSINESS = {"loops": LOOPS, "waits": WAITS, "pool": POOL, "full": FULL}


@pytest.fixture
def base(tmp_path: Path) -> Path:
    base = tmp_path / "store"
    write_demo(base, now=datetime.now(UTC))
    return base


@contextmanager
def opened(base: Path, home: Path, what: str = "") -> Generator[Terminal]:
    """The program, in which something goes on from the first picture on."""
    command = [OXTUI, "open", str(base)]
    if what:
        (home / "busy.py").write_text(BUSY.format(what=what))
        surroundings = [f"PYTHONPATH={home}", "TEXTUAL_DRIVER=busy:Busy"]
        command = ["/usr/bin/env", *surroundings, *command]
    with Terminal(command, home) as terminal:
        terminal.until(SEEN)
        if what:
            began = time.monotonic()
            terminal.until(lambda _: time.monotonic() > began + 0.7)
        yield terminal


@contextmanager
def at_once() -> Generator[None]:
    began = time.monotonic()
    yield
    assert time.monotonic() - began < _AT_ONCE_S


@pytest.mark.parametrize("what", BUSINESS.values(), ids=BUSINESS)
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_it_works(
    base: Path, own_home: Path, what: str, number: signal.Signals
) -> None:
    with opened(base, own_home, what) as terminal:
        terminal.send(number)
        with at_once():
            assert terminal.ended() == 128 + number
        assert left_on(bytes(terminal.written)) == set()
        assert terminal.modes == terminal.modes_before


@pytest.mark.parametrize("what", ["", *BUSINESS.values()], ids=["nothing", *BUSINESS])
def test_a_terminal_that_goes_away_while_it_works(base: Path, own_home: Path, what: str) -> None:
    with opened(base, own_home, what) as terminal:
        processes = terminal.processes
        terminal.hang_up()
        with at_once():
            assert terminal.reaped() == 129
    left = [pid for pid in processes[1:] if Path(f"/proc/{pid}/stat").exists()]
    deadline = time.monotonic() + _AT_ONCE_S
    while any(Path(f"/proc/{pid}/stat").exists() for pid in left):
        assert time.monotonic() < deadline, "a process was left behind"
        time.sleep(0.01)


def test_a_terminal_that_takes_nothing_any_more(base: Path, own_home: Path) -> None:
    with opened(base, own_home, FULL) as terminal:
        end = time.monotonic() + 1.0  # in which nobody reads what it writes
        while time.monotonic() < end:
            time.sleep(0.05)
        terminal.send(signal.SIGTERM)
        with at_once():
            while os.waitid(os.P_PID, terminal.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                time.sleep(0.01)
        assert terminal.reaped() == 143


CRASHES = f"{LOOP}.call_later(0.3, self._app.call_later, lambda: 1 / 0)"


def test_a_crash_while_its_terminal_goes_away(base: Path, own_home: Path) -> None:
    """As when what held the terminal is no session leader, and nobody is told that it is gone."""
    (own_home / "busy.py").write_text(BUSY.format(what=CRASHES))
    for delay_s in (0.0, 0.1, 0.2, 0.3, 0.4):
        master, slave = os.openpty()
        program = subprocess.Popen(
            [OXTUI, "open", str(base)],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={
                **Terminal.environment(own_home),
                "PYTHONPATH": str(own_home),
                "TEXTUAL_DRIVER": "busy:Busy",
            },
            start_new_session=True,
        )
        os.close(slave)
        drawn = b""
        while SEEN.encode() not in drawn:
            drawn += os.read(master, 65_536)
        time.sleep(delay_s)
        os.close(master)
        with at_once():
            assert program.wait(20) in (1, 129)


@pytest.mark.parametrize("what", ["", POOL], ids=["nothing", "pool"])
@pytest.mark.parametrize(("key", "code"), [("q", 0), ("\x03", 130)])
def test_a_key_while_it_works(base: Path, own_home: Path, what: str, key: str, code: int) -> None:
    with opened(base, own_home, what) as terminal:
        terminal.press(key)
        with at_once():
            assert terminal.ended() == code
        assert_clean(terminal)


@pytest.mark.parametrize("before", ["/", "/cron", "?", "H", "r\x1b[F", "m", "M", "n", ":x", "\tj"])
def test_ctrl_c_wherever_the_keys_go(base: Path, own_home: Path, before: str) -> None:
    with opened(base, own_home) as terminal:
        terminal.type(f"j{before}")
        began = time.monotonic()
        terminal.until(lambda _: time.monotonic() > began + 0.5)
        terminal.press("\x03")
        with at_once():
            assert terminal.ended() == 130
        assert_clean(terminal)


PROMPT = "ready>"


@contextmanager
def shell(home: Path) -> Generator[Terminal]:
    """A shell with jobs."""
    with Terminal(["/bin/bash", "--norc", "--noediting", "-i"], home) as terminal:
        terminal.type("PS1=rea'dy> '\n")
        terminal.until(PROMPT)
        yield terminal


@pytest.mark.parametrize("wait", [False, True])
def test_begun_in_the_background(base: Path, own_home: Path, wait: bool) -> None:
    with shell(own_home) as terminal:
        terminal.type(f"{OXTUI} open {base} &\n")
        terminal.until("[1]")
        if wait:
            terminal.until(lambda text: "Stopped" in text or terminal.type("jobs\n"))
        terminal.type("fg\n")
        terminal.until(SEEN)
        terminal.type("q")
        terminal.until(lambda _: left_on(bytes(terminal.written)) == set())
        terminal.type("echo code $?\n")
        terminal.until("code 0")


def test_sent_to_the_background_and_back(base: Path, own_home: Path) -> None:
    with shell(own_home) as terminal:
        terminal.type(f"{OXTUI} open {base}\n")
        terminal.until(SEEN)
        for _ in range(5):
            terminal.type("\x1a")
            terminal.until(lambda _: left_on(bytes(terminal.written)) == set())
            terminal.until(lambda text: "Stopped" in text or terminal.type("\n"))
            terminal.type("bg\n")
            terminal.until("[1]+ ")
            since = len(terminal.written)
            terminal.type("fg\n")
            terminal.until(lambda _, since=since: b"Sessions" in terminal.written[since:])
        terminal.type("q")
        terminal.until(lambda _: left_on(bytes(terminal.written)) == set())
        terminal.type("echo code $?\n")
        terminal.until("code 0")


def test_stopped_while_it_is_in_the_background(base: Path, own_home: Path) -> None:
    with opened(base, own_home) as terminal:
        terminal.send(signal.SIGTSTP)
        stopped(terminal)
        terminal.send(signal.SIGTERM)
        terminal.send(signal.SIGCONT)
        with at_once():
            assert terminal.ended() == 143
        assert_clean(terminal)
