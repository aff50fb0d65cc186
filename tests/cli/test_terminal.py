"""What surrounds the application: options, and a terminal that is whole again after a crash."""

import stat
import sys
from pathlib import Path

import pytest

from oxtui.cli.terminal import is_ascii, is_remote
from tests.cli.stores import write_session
from tests.terminal.terminal import Terminal

CRASHING = """
import os
from oxtui.cli import main
from oxtui.ui.app import OxtuiApp

def crash(self):
    raise RuntimeError("\\x1b]52;c;aGk=\\x07 out of order")

OxtuiApp.action_help = crash
os.umask(0)
main(["demo", "--sessions", "3"])
"""
SHOWING = """
import os, sys
from pathlib import Path
from oxtui.cli import main
from oxtui.ui.app import OxtuiApp

def show(self):
    options = self.options
    Path(sys.argv[1]).write_text(repr([
        options.low_bandwidth, options.ascii, options.poll_s, options.theme, options.read_only,
        str(options.base), os.environ.get("TEXTUAL_ANIMATIONS"), os.environ.get("TEXTUAL_FPS"),
    ]))
    self.exit()

OxtuiApp.on_mount = show
main(sys.argv[2:])
"""


@pytest.mark.parametrize(
    ("environment", "expected"),
    [({}, False), ({"SSH_TTY": ""}, False), ({"SSH_TTY": "/dev/pts/1"}, True),
     ({"SSH_CONNECTION": "10.0.0.1 5 10.0.0.2 22"}, True)],
)  # fmt: skip
def test_bytes_count_over_ssh(environment: dict[str, str], expected: bool) -> None:
    assert is_remote(environment) is expected


@pytest.mark.parametrize(
    ("environment", "expected"),
    [({}, False), ({"LANG": "C.UTF-8"}, False), ({"LANG": "de_DE.utf8"}, False),
     ({"LANG": "C"}, True), ({"LANG": "ko_KR.EUC-KR"}, True),
     ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False), ({"LANG": "C.UTF-8", "LC_ALL": "POSIX"}, True)],
)  # fmt: skip
def test_draws_in_ascii_where_the_locale_has_nothing_else(
    environment: dict[str, str], expected: bool
) -> None:
    assert is_ascii(environment) is expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], [False, False, None, None, None, "{store}", None, None]),
        (
            ["--read-only", "--ascii", "--poll", "3", "--theme", "nord", "--low-bandwidth"],
            [True, True, 3.0, "nord", "opened with --read-only", "{store}", "none", "15"],
        ),
    ],
    ids=["none", "all"],
)
def test_the_options_reach_the_application(
    arguments: list[str], expected: list[object], tmp_path: Path, own_home: Path
) -> None:
    write_session(tmp_path, "a")
    told = tmp_path / "told"
    command = [sys.executable, "-c", SHOWING, str(told), "-s", str(tmp_path), "open", *arguments]
    with Terminal(command, own_home) as terminal:
        assert terminal.ended() == 0
    assert told.read_text() == repr(expected).replace("{store}", str(tmp_path))


def test_a_crash_is_one_line_a_file_and_a_clean_terminal(tmp_path: Path, own_home: Path) -> None:
    with Terminal([sys.executable, "-c", CRASHING], own_home) as terminal:
        terminal.until("3 sessions")
        terminal.press("?")
        assert terminal.ended() == 1
        screen, _, said = bytes(terminal.written).partition(b"oxtui: The application crashed.")
        assert said.count(b"\n") == 1
        assert b"\x1b" not in said
        after = screen.rpartition(b"\x1b[?1049h")[2]
        assert all(code in after for code in (b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1003l"))
        assert b"\x1b]52" not in terminal.written
    report = own_home / ".local/state/oxtui/crash.txt"
    assert "out of order" in report.read_text()
    assert b"\x1b" not in report.read_bytes()
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    assert stat.S_IMODE(report.parent.stat().st_mode) == 0o700
