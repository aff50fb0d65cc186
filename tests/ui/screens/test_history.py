import pytest
from textual.message import Message
from textual.widgets import Button

from oxtui.store.changes import Trashed
from oxtui.store.journal import Act
from oxtui.store.timestamps import Timestamp
from oxtui.store.trash import TrashEntry
from oxtui.ui.dialogs.confirm import Confirm
from oxtui.ui.screens import messages
from oxtui.ui.screens.history import HistoryScreen
from tests.ui.dialogs.host import HOSTILE, HOSTILE_SHOWN, is_safe, running
from tests.ui.sidebar.catalogues import MINUTE, NOW


def act(name: str, minutes: int = 0, *, undone: bool = False, label: str = "") -> Act:
    at = Timestamp.from_ns(NOW - minutes * MINUTE).text
    return Act(name, at, "move", label or f"Did {name}", [], undone)


def entry(name: str, minutes: int = 0, size: int = 1_000) -> TrashEntry:
    return TrashEntry(f"entry of {name}", f"sessions/{name}.json", NOW - minutes * MINUTE, size)


ACTS = [act("third", 5, undone=True), act("second", 60), act("first", 3_000)]
ENTRIES = [entry("newer", 5), entry("older", 180, 2_000)]

_ASKED = (
    messages.RestoreRequested,
    messages.EmptyTrashRequested,
    messages.UndoRequested,
    messages.RedoRequested,
)


class Listening(HistoryScreen):
    """Keeps what it tells, which in the application goes up to it."""

    def __init__(self) -> None:
        super().__init__(ACTS, ENTRIES, {"entry of older": "Its title"}, now_ns=lambda: NOW)
        self.told: list[Message] = []

    def post_message(self, message: Message) -> bool:
        if isinstance(message, _ASKED):
            self.told.append(message)
        return super().post_message(message)


@pytest.mark.parametrize("size", [(120, 40), (40, 15)])
async def test_acts_and_trash_with_their_totals(size: tuple[int, int]) -> None:
    async with running(Listening, size) as (app, _):
        shown = app.shown()
        for text in ("Did third", "undone", "5m", "Did first", "2d", "3 acts"):
            assert text in shown
        for text in ("newer", "Its title", "3h", "2.0 KB", "2 files, 3.0 KB"):
            assert text in shown
        assert "Restore" in shown


async def test_what_cannot_be_taken_back_any_more_is_final() -> None:
    def make() -> HistoryScreen:
        given_up = Act("x", ACTS[0].at, "move", "Did it for good", [], given_up=True)
        return HistoryScreen([given_up], now_ns=lambda: NOW)

    async with running(make) as (app, _):
        assert "final" in app.shown()
        assert app.dialog.query_one("#undo", Button).disabled


async def test_an_act_says_to_which_sessions_it_was_done() -> None:
    changes = [Trashed(f"sessions/{name}.json", f"entry-{name}", 1) for name in "ab"]

    def make() -> HistoryScreen:
        act = Act("x", ACTS[0].at, "delete", "Moved %n to the trash", [*changes])
        return HistoryScreen(
            [act],
            titles={"entry-a": "In\x1b[2J trash"},
            title_of=lambda session_id: f"Of {session_id}",
            now_ns=lambda: NOW,
        )

    async with running(make) as (app, _):
        said = "Moved 2 sessions to the trash · In␛[2J trash · Of b"
        assert said in " ".join(app.shown().split())


async def test_undo_and_redo_are_asked_for() -> None:
    async with running(Listening) as (app, pilot):
        assert isinstance(app.dialog, Listening)
        await pilot.press("u", "U")
        await pilot.click("#undo")
        kinds = [type(message) for message in app.dialog.told]
        undo, redo = messages.UndoRequested, messages.RedoRequested
        assert kinds == [undo, redo, undo]


@pytest.mark.parametrize("keys", [["tab", "j", "enter"], ["tab", "down", "r"], ["r", "G", "r"]])
async def test_the_entry_of_the_cursor_is_restored(keys: list[str]) -> None:
    async with running(Listening) as (app, pilot):
        assert isinstance(app.dialog, Listening)
        await pilot.press(*keys)
        (message,) = app.dialog.told
        assert isinstance(message, messages.RestoreRequested)
        assert message.entry == ENTRIES[1]


async def test_emptying_asks_and_says_that_it_is_final() -> None:
    async with running(Listening) as (app, pilot):
        assert isinstance(app.dialog, Listening)
        await pilot.press("E")
        assert isinstance(app.screen, Confirm)
        assert "2 files, 3.0 KB, destroyed for good" in app.shown()
        await pilot.press("E", "enter")
        assert app.dialog.told == []
        await pilot.press("E")
        await pilot.press("tab", "enter")
        (message,) = app.dialog.told
        assert isinstance(message, messages.EmptyTrashRequested)
        assert tuple(message.entries) == tuple(ENTRIES)


async def test_what_changed_is_shown_and_the_cursor_stays() -> None:
    async with running(Listening) as (app, pilot):
        assert isinstance(app.dialog, Listening)
        await pilot.press("tab", "j")
        app.dialog.refresh_history(
            [act("fourth"), *ACTS], [entry("newest"), *ENTRIES], {"entry of older": "Its title"}
        )
        await pilot.pause()
        assert "Did fourth" in app.shown()
        assert "3 files" in app.shown()
        await pilot.press("enter")
        (message,) = app.dialog.told
        assert isinstance(message, messages.RestoreRequested)
        assert message.entry == ENTRIES[1]


async def test_with_nothing_there_it_says_so() -> None:
    async with running(HistoryScreen) as (app, pilot):
        assert "Nothing was done yet." in app.shown()
        assert "The trash is empty." in app.shown()
        for name in ("undo", "restore", "empty"):
            assert app.dialog.query_one(f"#{name}", Button).disabled
        await pilot.press("E", "r", "r", "enter")
        assert app.screen is app.dialog
        await pilot.press("tab", "enter")
        assert app.results == [None]
        assert len(app.screen_stack) == 1


async def test_titles_may_come_later() -> None:
    async with running(Listening) as (app, pilot):
        assert isinstance(app.dialog, Listening)
        await pilot.press("tab", "j")
        app.dialog.show_titles({"entry of newer": "Named later"})
        await pilot.pause()
        assert "Named later" in app.shown()
        assert "Its title" in app.shown()
        await pilot.press("enter")
        (message,) = app.dialog.told
        assert isinstance(message, messages.RestoreRequested)
        assert message.entry == ENTRIES[1]


async def test_what_cannot_be_read_is_not_said_to_be_empty() -> None:
    async with running(Listening) as (app, pilot):
        assert isinstance(app.dialog, Listening)
        app.dialog.refresh_history(
            (), (), acts_problem="the journal is broken", trash_problem=f"no {HOSTILE}"
        )
        await pilot.pause()
        shown = app.shown()
        assert "the journal is broken" in shown
        assert f"no {HOSTILE_SHOWN}" in shown
        assert is_safe(shown)
        for wrong in ("Nothing was done", "is empty", "0 acts", "0 files"):
            assert wrong not in shown


@pytest.mark.parametrize("key", ["escape", "H"])
async def test_it_closes(key: str) -> None:
    async with running(HistoryScreen) as (app, pilot):
        await pilot.press(key)
        assert app.results == [None]


async def test_hostile_text_is_only_text() -> None:
    def make() -> HistoryScreen:
        titles = {"entry of a": HOSTILE}
        broken = Act("x", "no time", "move", HOSTILE, [])
        return HistoryScreen(
            [broken], [entry("a"), entry(HOSTILE.replace("/", ""))], titles, now_ns=lambda: NOW
        )

    async with running(make) as (app, _):
        shown = app.shown()
        assert shown.count(HOSTILE_SHOWN) == 2
        assert HOSTILE_SHOWN.replace("/", "") in shown
        assert is_safe(shown)
