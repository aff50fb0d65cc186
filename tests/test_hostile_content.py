"""Everything hostile, on each place that shows it, without a terminal: pens, rows, commands."""

import json
import os
import pty
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC
from pathlib import Path

import pytest

from oxtui.errors import UnreadableError
from oxtui.export.html import to_html
from oxtui.export.markdown import to_markdown
from oxtui.export.reading import ReadSession
from oxtui.glyphs import UNICODE
from oxtui.replay.turns import Turn, turns
from oxtui.store import codec
from oxtui.store.models import SessionId
from oxtui.store.summaries.entries import SessionEntry, UnreadableEntry, read_entry
from oxtui.store.summaries.scan import scan
from oxtui.store.summaries.summarize import summarize
from oxtui.store.transcript import load_transcript, transcript
from oxtui.ui.text import plain
from oxtui.ui.timeline.blocks import BlockId, Detail, Kind, View, blocks, copy_of
from oxtui.ui.timeline.palette import Palette
from oxtui.ui.timeline.render import Pen, render
from tests.export.pages import Page, alive
from tests.hostile import (
    FILES,
    LONG,
    LONG_CHARS,
    NAMES,
    ODD_FILES,
    REFUSED_NAMES,
    SHORT,
    SHORT_NAME,
    TEXTS,
    HostileStore,
    encoded,
    harm,
    session,
    write_named,
    write_store,
)
from tests.ui.conftest import app_on, main_screen, until

each_short_text = pytest.mark.parametrize("text", SHORT.values(), ids=SHORT)
each_text = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> HostileStore:
    return write_store(tmp_path_factory.mktemp("hostile") / "store", long=False)


def views(turn: Turn, text: str) -> Iterator[View]:
    """How a turn is looked at: closed, open and as JSON, in a width and in others."""
    everything = View(60, Detail.EVERYTHING)
    yield everything
    if len(text) < LONG_CHARS:
        raw = frozenset(block.block_id for block in blocks(turn, everything))
        yield from (View(1, Detail.EVERYTHING), View(9), View(60), View(60, raw=raw))


@each_text
def test_the_timeline_shows_only_text(text: str) -> None:
    (turn,) = turns(transcript(encoded(session("s", text))))
    for view in views(turn, text):
        pen = Pen(view.width, Palette(), UNICODE, UTC)
        for block in blocks(turn, view):
            for strip in render(turn, block, pen):
                assert strip.cell_length <= view.width
                assert not harm(strip.text, "")
                for segment in strip:
                    assert not segment.control
                    assert segment.style is None or not (segment.style.link or segment.style.meta)
            copy_of(turn, block)


def test_the_whole_of_a_long_text_can_be_opened() -> None:
    for text in LONG.values():
        (turn,) = turns(transcript(encoded(session("s", text))))
        more = frozenset({BlockId(0, Kind.MESSAGE, part=1), BlockId(0, Kind.ANSWER, part=1)})
        opened = blocks(turn, View(80, changed=more))
        shown = [text[b.part.start : b.part.end] for b in opened if b.block_id.kind is Kind.MESSAGE]
        assert "".join(shown) == text


@each_text
def test_a_row_of_the_sidebar_is_one_short_line(text: str) -> None:
    line = plain(text)
    assert not harm(line, "")
    assert len(line) <= 1_000


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_a_file_that_is_no_session_is_refused_with_a_reason(content: bytes) -> None:
    for read in (summarize, codec.decode, transcript):
        with pytest.raises(UnreadableError) as caught:
            read(content)
        assert caught.value.message
        assert len(caught.value.message) < 200


@pytest.mark.parametrize("content", ODD_FILES.values(), ids=ODD_FILES)
def test_a_file_that_only_looks_wrong_is_listed_and_read(content: bytes) -> None:
    summarize(content)
    assert turns(transcript(content))
    with suppress(UnreadableError):  # what nobody could write back is not changed
        changed = codec.decode(content)
        changed.metadata["title"] = "new"
        assert summarize(codec.encode(changed)).title == "new"


def test_what_can_not_be_kept_refuses_the_edit_and_is_said() -> None:
    changed = codec.decode(ODD_FILES["number nobody can hold"])
    changed.metadata["title"] = "new"
    with pytest.raises(UnreadableError, match="without loss"):
        codec.encode(changed)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("lone surrogate", "half of a character"),
        ("lone low surrogate", "half of a character"),
        ("cut off in a character", "cut off"),
        ("latin-1", "not UTF-8 at byte 11"),
        ("spaces", "empty"),
        ("nested in what is known", "nested"),
    ],
)
def test_the_reason_is_the_true_one(name: str, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        summarize(FILES[name])


def test_every_file_of_the_store_is_shown_as_what_it_is(store: HostileStore) -> None:
    found = list(scan(store.base / "sessions", {}))
    read = {entry.session_id for entry in found if isinstance(entry, SessionEntry)}
    assert len(read) == store.sessions
    assert {os.fsdecode(name) for name in NAMES} <= read
    refused = [entry for entry in found if isinstance(entry, UnreadableEntry)]
    assert len(refused) == store.unreadable
    assert all(entry.reason for entry in refused)
    assert not any(store.secret in repr(entry) for entry in found)


def test_a_file_of_a_gigabyte_is_not_read_at_all(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    path.touch()
    os.truncate(path, 2**30)
    entry = read_entry(path)
    assert isinstance(entry, UnreadableEntry)
    assert "larger than" in entry.reason
    with pytest.raises(UnreadableError, match="larger than"):
        load_transcript(path)


def test_a_file_that_grows_while_it_is_read_is_read_to_some_end(tmp_path: Path) -> None:
    path = tmp_path / "growing.json"
    path.write_bytes(b" " * 1_000_000)
    stopped = threading.Event()

    def grow() -> None:
        with path.open("ab", buffering=0) as file:
            while not stopped.is_set() and file.tell() < 2**23:
                file.write(b" " * 100_000)

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        for _ in range(4):
            entry = read_entry(path)
            assert isinstance(entry, UnreadableEntry)
    finally:
        stopped.set()
        writer.join()


async def test_every_key_on_names_that_no_session_may_have(tmp_path: Path) -> None:
    folder = tmp_path / "store" / "sessions"
    folder.mkdir(parents=True)
    write_named(folder, *REFUSED_NAMES)
    app = app_on(tmp_path / "store")
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: main_screen(app).library.unreadable)
        await pilot.press("g")
        for _ in REFUSED_NAMES:
            await pilot.press("j", "y", "enter", "x", "y", "tab", "r", "escape", "d", "escape")
            await pilot.press("p", "M", "escape", "m", "escape", "space", "space")
        await pilot.press("a", "y", "d", "escape", "P", "escape")
        assert app.return_code is None
    assert len(list(folder.iterdir())) == len(REFUSED_NAMES)


# One process for all commands: starting one for each takes longer than all that they do.
_PROGRAM = """
import json, sys
from oxtui.cli import main
for arguments in json.loads(sys.argv[1]):
    try:
        main(arguments)
    except SystemExit as ended:
        print(f"=== {ended.code}", flush=True)
"""


def written_by(commands: Sequence[Sequence[str]], store: HostileStore, output: int) -> None:
    """Runs commands that write to a descriptor, their errors too."""
    arguments = json.dumps([["-s", str(store.base), *command] for command in commands])
    subprocess.run(
        [sys.executable, "-c", _PROGRAM, arguments],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=output,
        timeout=100,
        check=True,
    )


COMMANDS = [
    ("list",),
    ("list", "--json"),
    ("projects",),
    ("projects", "--json"),
    ("check",),
    ("check", "--json"),
    ("prune", "--dry-run", "--max-sessions", "1", "--ttl-hours", "1"),
    ("search", "HOSTILE"),
    ("search", "--json", "HOSTILE"),
    ("search", "\x1b]0;HOSTILE\x07\x9b"),
    ("show", SHORT_NAME),
    ("show", "--json", "odd escapes of escapes"),
    ("show", "\x1b]0;HOSTILE\x07"),
    ("show", "broken a field twice"),
    ("show", "no such \x1b]0;HOSTILE\x07\udc9b"),
    ("move", "\x1b[2J", "--project", "\x9b2J"),
    ("export", SHORT_NAME),
    ("export", SHORT_NAME, "--format", "html"),
    ("export", SHORT_NAME, "--format", "json"),
    ("\x1b]0;HOSTILE\x07",),
    ("list", "--\x1b[2J"),
    ("trash",),
    ("history",),
]


def test_commands_write_nothing_to_a_terminal_that_it_obeys(store: HostileStore) -> None:
    ours, theirs = pty.openpty()
    written = bytearray()

    def read() -> None:
        with suppress(OSError):  # Linux' way to say that the other side is closed
            while data := os.read(ours, 65_536):
                written.extend(data)

    reader = threading.Thread(target=read)
    reader.start()
    written_by(COMMANDS, store, theirs)
    os.close(theirs)
    reader.join()
    os.close(ours)
    shown = written.decode().replace("\x1b[1m", "").replace("\x1b[0m", "")
    assert shown.count("=== ") == len(COMMANDS)
    assert len(shown) > 200_000
    assert not harm(shown, "\r\n\t")
    assert "Traceback" not in shown
    assert store.secret not in shown


def test_nor_to_a_pipe(store: HostileStore, tmp_path: Path) -> None:
    commands = [command for command in COMMANDS if "json" not in " ".join(command)]
    with (tmp_path / "output").open("wb") as output:
        written_by(commands, store, output.fileno())
    shown = (tmp_path / "output").read_text("utf-8")
    assert shown.count("=== ") == len(commands)
    assert not harm(shown, "\n\t")


def read_session(name: str, text: str) -> ReadSession:
    content = encoded(session(name, text))
    return ReadSession(
        SessionId(name), content, transcript(content), summarize(content), f"project {text}"
    )


_OF_A_PAGE = {
    "html", "head", "meta", "title", "style", "body", "h1", "h2", "b", "dl", "dt", "dd", "div", "p",
    "details", "summary", "pre",
}  # fmt: skip


@each_short_text
def test_an_exported_page_has_no_script_and_no_link(text: str) -> None:
    exported = to_html(read_session("s", text))
    page = Page(exported)
    assert page.tags <= _OF_A_PAGE
    assert {name for name, _ in page.attributes} <= {
        "charset", "name", "content", "http-equiv", "class",
    }  # fmt: skip
    assert not harm(exported, "\n\t")


@each_short_text
def test_exported_markdown_does_nothing(text: str) -> None:
    exported = to_markdown(read_session("s", text))
    assert not harm(exported, "\n\t")
    assert alive(exported) == []
