from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from typing import ClassVar, TypeVar

import pytest
from textual import events
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.geometry import Offset
from textual.message import Message
from textual.pilot import Pilot
from textual.widgets import Button

from oxtui.glyphs import ASCII
from oxtui.store.library import LibraryChange
from oxtui.store.models import SessionId
from oxtui.ui.messages import CopyRequested
from oxtui.ui.sidebar import messages
from oxtui.ui.sidebar.state import SidebarState
from oxtui.ui.sidebar.widget import Sidebar
from tests.ui.sidebar.catalogues import MINUTE, NOW, Catalogue, catalogue, entry

M = TypeVar("M", bound=Message)


class SidebarApp(App[None]):
    CSS = "Sidebar { width: 40; height: 20; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "leave", ""),
        ("q", "leave", ""),
        ("x", "leave", ""),
    ]

    def __init__(self, sidebar: Sidebar) -> None:
        super().__init__()
        self.sidebar = sidebar
        self.told: list[Message] = []
        self.left = 0

    def compose(self) -> ComposeResult:
        yield self.sidebar
        yield Button("elsewhere")

    def action_leave(self) -> None:
        self.left += 1

    def all_of(self, kind: type[M]) -> list[M]:
        return [message for message in self.told if isinstance(message, kind)]


@asynccontextmanager
async def running(
    made: Catalogue, sidebar: Sidebar | None = None, state: SidebarState | None = None
) -> AsyncGenerator[tuple[Sidebar, Pilot[None], SidebarApp]]:
    app = SidebarApp(sidebar or Sidebar(now_ns=lambda: NOW))
    app.sidebar.REST_SECONDS = 0.001  # pyright: ignore[reportAttributeAccessIssue] - for this one

    def hear(message: Message) -> None:
        ours = type(message).__module__ in (messages.__name__, CopyRequested.__module__)
        if ours and not any(message is told for told in app.told):
            app.told.append(message)

    async with app.run_test(size=(80, 24), message_hook=hear) as pilot:
        if state is not None:
            app.sidebar.restore(state)
        app.sidebar.show(made)
        app.sidebar.focus()
        await pilot.pause()
        yield app.sidebar, pilot, app


async def until(pilot: Pilot[None], holds: Callable[[], bool]) -> None:
    for _ in range(200):
        if holds():
            return
        await pilot.pause(0.005)
    raise AssertionError("it never held")


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Presses keys so quickly that they arrive together."""
    for key in keys:
        pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))
    await pilot.pause()


def lines(sidebar: Sidebar) -> list[str]:
    """What is in sight, without the space at the end of lines."""
    return [
        "".join(segment.text for segment in sidebar.render_line(y)).rstrip()
        for y in range(sidebar.size.height)
    ]


def line_of(sidebar: Sidebar, text: str) -> int:
    return next(y for y, line in enumerate(lines(sidebar)) if text in line)


def go_to(sidebar: Sidebar, title: str) -> None:
    """Puts the cursor on a session, and shows all of them around it."""
    sidebar.set_filter(title)
    sidebar.set_filter("")


def small() -> Catalogue:
    return catalogue(
        entry("a0", "api", title="First"),
        entry("a1", "api", title="Second", minutes=2),
        entry("a2", "api", title="Third", minutes=3),
        entry("w0", "web", title="Fourth", minutes=4),
        names=("api", "web", "shop"),
    )


def crowded() -> Catalogue:
    return catalogue(*(entry(f"s{n:02}", "api", minutes=n) for n in range(60)))


async def test_the_first_run_starts_on_the_newest_session() -> None:
    async with running(small()) as (sidebar, pilot, app):
        assert [line.split() for line in lines(sidebar)[:7]] == [
            ["▾", "api", "3"],
            ["First", "1", "now"],
            ["Second", "1", "2m"],
            ["Third", "1", "3m"],
            ["▸", "web", "1"],
            ["shop", "0"],
            ["Unfiled", "0"],
        ]
        assert sidebar.cursor_session == "a0"
        assert sidebar.border_title == "Sessions"
        assert sidebar.border_subtitle == "4 sessions"
        await until(pilot, lambda: bool(app.all_of(messages.SessionHighlighted)))
        assert app.told == [messages.SessionHighlighted(SessionId("a0"))]


async def test_what_turns_out_to_be_newer_in_a_first_run_is_started_on() -> None:
    made = Catalogue()
    made.put(entry("old", "api", minutes=9))
    newer = [entry(f"s{n}", "web", minutes=8 - n % 7) for n in range(40)]
    async with running(made) as (sidebar, _, _):
        sidebar.apply(made.put(*newer))
        assert sidebar.cursor_session == "old"
        sidebar.settle()
        assert sidebar.cursor_session == "s6"
        assert line_of(sidebar, "s6") < 20
        assert not any("old" in line for line in lines(sidebar))


@pytest.mark.parametrize("key", ["j", "m"])
async def test_who_went_somewhere_in_a_first_run_stays_there(key: str) -> None:
    made = Catalogue()
    made.put(entry("old", "api", minutes=9), entry("older", "api", minutes=10))
    async with running(made) as (sidebar, pilot, _):
        await press(pilot, key)
        session = sidebar.cursor_session
        sidebar.apply(made.put(entry("new")))
        sidebar.settle()
        assert sidebar.cursor_session == session


async def test_an_empty_store_says_so() -> None:
    async with running(Catalogue()) as (sidebar, pilot, _):
        assert any("No sessions yet." in line for line in lines(sidebar))
        await press(pilot, "j", "k", "g", "G", "space", "a", "enter", "m", "d", "r", "h", "l")
        assert sidebar.cursor_session is None


async def test_moving_and_folding() -> None:
    async with running(small()) as (sidebar, pilot, _):
        await press(pilot, "j", "down")
        assert sidebar.cursor_session == "a2"
        await press(pilot, "h")
        assert sidebar.cursor_session is None
        await press(pilot, "h")
        assert "▸ api" in lines(sidebar)[0]
        await press(pilot, "l", "l")
        assert sidebar.cursor_session == "a0"
        await press(pilot, "G", "k", "k", "enter", "j")
        assert sidebar.cursor_session == "w0"
        await press(pilot, "g", "left")
        assert "▸ api" in lines(sidebar)[0]
        assert "▾ web" in lines(sidebar)[1]


async def test_a_group_that_is_opened_comes_into_sight() -> None:
    made = crowded()
    made.put(*(entry(f"u{n}", minutes=n) for n in range(5)))
    async with running(made) as (sidebar, pilot, _):
        await press(pilot, "G", "l")
        assert [line.split()[0] for line in lines(sidebar)[-5:]] == [f"u{n}" for n in range(5)]


async def test_keys_in_the_footer_are_those_that_do_something() -> None:
    async with running(small()) as (sidebar, pilot, _):

        def shown() -> set[str]:
            active = sidebar.screen.active_bindings.values()
            return {a.binding.action for a in active if a.node is sidebar and a.binding.show}

        everyday = {"grab", "select", "trash"}
        assert shown() == everyday
        await press(pilot, "space")
        assert shown() == everyday | {"back"}
        await press(pilot, "m")
        assert shown() == {"drop", "next_target", "previous_target", "back"}


async def test_pages_keep_the_cursor_in_sight() -> None:
    async with running(crowded()) as (sidebar, pilot, _):
        height = sidebar.size.height
        for key in ("ctrl+d", "ctrl+d", "pagedown", "pagedown", "ctrl+u", "pageup", "G", "g"):
            await press(pilot, key)
            top = sidebar.scroll_offset.y
            at = sidebar.cursor_line
            assert at is not None
            assert top <= at < top + height
        assert sidebar.scroll_offset.y == 0


async def test_a_frugal_sidebar_scrolls_rarely_and_keeps_its_cursor_in_sight() -> None:
    sidebar = Sidebar(now_ns=lambda: NOW, frugal=True)
    async with running(crowded(), sidebar) as (sidebar, pilot, _):
        tops = [sidebar.scroll_offset.y]
        for key in ["j"] * 60 + ["k"] * 60:
            await press(pilot, key)
            tops.append(sidebar.scroll_offset.y)
            assert sidebar.cursor_line is not None
            assert 0 <= sidebar.cursor_line - tops[-1] < sidebar.size.height
        assert 2 < sum(a != b for a, b in pairwise(tops)) < 12
        assert tops[-1] == tops[0]


async def test_reading_and_copying() -> None:
    async with running(small()) as (sidebar, pilot, app):
        await press(pilot, "enter", "y", "h", "y")
        assert app.all_of(messages.SessionOpened) == [messages.SessionOpened(SessionId("a0"))]
        assert [copy.text for copy in app.all_of(CopyRequested)] == ["a0", "api"]
        assert sidebar.drag_state is None


async def test_the_cursor_is_told_once_it_rests() -> None:
    async with running(small()) as (sidebar, pilot, app):
        await until(pilot, lambda: len(app.all_of(messages.SessionHighlighted)) == 1)
        sidebar.action_cursor_down()
        sidebar.action_cursor_down()
        await until(pilot, lambda: len(app.all_of(messages.SessionHighlighted)) == 2)
        assert app.all_of(messages.SessionHighlighted)[1].session_id == "a2"


async def test_selecting() -> None:
    async with running(small()) as (sidebar, pilot, app):
        await press(pilot, "space", "space")
        assert sidebar.acting_on == ("a0", "a1")
        assert sidebar.cursor_session == "a2"
        assert sidebar.border_subtitle == "4 sessions · 2 selected"
        assert "■" in lines(sidebar)[1]
        await press(pilot, "a")
        assert sidebar.acting_on == ("a0", "a1", "a2")
        await press(pilot, "a")
        assert sidebar.acting_on == ("a2",)
        await press(pilot, "space", "escape")
        assert sidebar.border_subtitle == "4 sessions"
        assert app.left == 0
        await press(pilot, "escape")
        assert app.left == 1


async def test_a_selection_outlives_changes_but_not_its_sessions() -> None:
    made = small()
    async with running(made) as (sidebar, pilot, _):
        await press(pilot, "space", "space", "space")
        sidebar.apply(made.put(entry("a1", "web", title="Second, moved")))
        assert sidebar.acting_on == ("a0", "a1", "a2")
        sidebar.apply(made.remove("a0"))
        assert sidebar.acting_on == ("a1", "a2")
        assert sidebar.border_subtitle == "3 sessions · 2 selected"


async def test_requests() -> None:
    async with running(small()) as (_, pilot, app):
        for key in ("d", "r", "p", "M", "n", "h", "r"):
            await press(pilot, key)
        ids = (SessionId("a0"),)
        asked = [m for m in app.told if not isinstance(m, messages.SessionHighlighted)]
        assert asked == [
            messages.TrashRequested(ids),
            messages.RenameRequested(ids[0]),
            messages.PinRequested(ids),
            messages.MoveRequested(ids),
            messages.NewProjectRequested(),
            messages.ProjectRenameRequested(small().projects[0].project_id),
        ]


async def test_what_cannot_be_written_is_refused() -> None:
    async with running(small()) as (sidebar, pilot, app):
        sidebar.read_only = "it was opened so"
        await press(pilot, "d", "r", "p", "M", "n", "m", "y", "enter")
        assert sidebar.drag_state is None
        refused = app.all_of(messages.WriteRefused)
        assert [m.reason for m in refused] == ["Nothing is changed here: it was opened so."] * 6
        assert len(app.all_of(CopyRequested)) == 1
        assert len(app.all_of(messages.SessionOpened)) == 1


async def test_keys_for_sessions_say_so_on_a_group() -> None:
    async with running(small()) as (sidebar, pilot, app):
        await press(pilot, "g", "m", "M", "p", "d")
        refused = app.all_of(messages.WriteRefused)
        assert [m.reason.partition(",")[0] for m in refused] == ["The cursor is on a group"] * 4
        await press(pilot, "a", "p")  # what is selected counts, wherever the cursor is
        assert len(app.all_of(messages.PinRequested)) == 1
        await press(pilot, "escape", "G", "r")
        assert "no project" in app.all_of(messages.WriteRefused)[-1].reason
        assert len(app.all_of(messages.WriteRefused)) == 5
        assert sidebar.drag_state is None


async def test_an_unreadable_file_can_only_go_to_the_trash() -> None:
    made = small()
    made.spoil("bad", "not JSON")
    async with running(made) as (sidebar, pilot, app):
        await press(pilot, "G", "l", "j")
        assert sidebar.cursor_session == "bad"
        await press(pilot, "m", "p", "r", "d")
        assert sidebar.drag_state is None
        assert len(app.all_of(messages.WriteRefused)) == 3
        assert app.all_of(messages.TrashRequested) == [messages.TrashRequested((SessionId("bad"),))]


async def test_grab_and_drop() -> None:
    async with running(small()) as (sidebar, pilot, app):
        await press(pilot, "space", "space", "m")
        state = sidebar.drag_state
        assert state is not None
        assert state.description == "Already in api"
        await press(pilot, "j")
        shown = [line.strip() for line in lines(sidebar)]
        at = line_of(sidebar, "web")
        assert shown[at + 1 : at + 3] == ["┆ First", "┆ Second"]
        await press(pilot, "j", "k", "enter")
        assert sidebar.drag_state is None
        assert app.all_of(messages.SessionsDropped) == [
            messages.SessionsDropped(
                (SessionId("a0"), SessionId("a1")), small().projects[1].project_id
            )
        ]
        assert app.all_of(messages.DragChanged)[-1].state is None
        assert sidebar.cursor_session == "a2"
        assert sidebar.acting_on == ("a2",)
        assert not any("┆" in line for line in lines(sidebar))


async def test_dropping_where_they_are_changes_nothing() -> None:
    async with running(small()) as (sidebar, pilot, app):
        await press(pilot, "m", "enter")
        assert sidebar.drag_state is None
        assert not app.all_of(messages.SessionsDropped)


async def test_letters_narrow_and_nothing_else_hears_them() -> None:
    async with running(small()) as (sidebar, pilot, app):
        await press(pilot, "m", "w", "q", "x", "j")
        state = sidebar.drag_state
        assert state is not None
        assert (state.typed, state.target, app.left) == ("wqxj", None, 0)
        await press(pilot, "enter", "tab")
        assert sidebar.drag_state is not None
        assert sidebar.has_focus
        await press(pilot, "backspace", "backspace", "backspace")
        assert sidebar.drag_state is not None
        assert sidebar.drag_state.description == "Move 1 session to web"
        await press(pilot, "enter")
        assert [m.project_id for m in app.all_of(messages.SessionsDropped)] == ["web"]


async def test_dropping_out_of_projects() -> None:
    async with running(small()) as (_, pilot, app):
        await press(pilot, "m", "k", "enter")
        assert app.all_of(messages.SessionsDropped) == [
            messages.SessionsDropped((SessionId("a0"),), None)
        ]


async def test_cancelling_a_drag_puts_everything_back() -> None:
    async with running(crowded()) as (sidebar, pilot, app):
        await press(pilot, "G", "k", "k", "ctrl+u", "ctrl+u")
        before, top = lines(sidebar), sidebar.scroll_offset.y
        await press(pilot, "m", "j")
        assert any("┆" in line for line in lines(sidebar))
        await press(pilot, "escape")
        assert (lines(sidebar), sidebar.scroll_offset.y) == (before, top)
        assert not app.all_of(messages.SessionsDropped)
        assert app.left == 0


async def test_a_drag_of_many_shows_a_few() -> None:
    async with running(crowded()) as (sidebar, pilot, _):
        await press(pilot, "a", "m", "w")
        ghosts = [line.strip() for line in lines(sidebar) if "┆" in line]
        assert ghosts == ["┆ s00", "┆ s01", "┆ s02", "┆ + 57 more"]


async def test_a_drag_goes_on_through_changes() -> None:
    made = small()
    async with running(made) as (sidebar, pilot, app):
        await press(pilot, "space", "space", "m", "j")
        sidebar.apply(made.remove("a0"))
        assert sidebar.drag_state is not None
        assert sidebar.drag_state.description == "Move 1 session to web"
        sidebar.apply(made.remove("a1"))
        assert sidebar.drag_state is None
        assert not app.all_of(messages.SessionsDropped)


async def test_a_drag_ends_with_the_focus_and_with_the_right_to_write() -> None:
    async with running(small()) as (sidebar, pilot, app):
        await press(pilot, "m")
        sidebar.read_only = "it was opened so"
        assert sidebar.drag_state is None
        sidebar.read_only = None
        await press(pilot, "m")
        app.query_one(Button).focus()
        await until(pilot, lambda: sidebar.drag_state is None)


async def test_in_a_filter_every_project_is_a_target() -> None:
    async with running(small()) as (sidebar, pilot, _):
        sidebar.set_filter("second")
        await press(pilot, "m", "s")
        assert sidebar.drag_state is not None
        assert sidebar.drag_state.description == "Move 1 session to shop"
        assert any("shop" in line for line in lines(sidebar))
        await press(pilot, "escape")
        assert not any("shop" in line for line in lines(sidebar))


async def test_filtering() -> None:
    async with running(small()) as (sidebar, pilot, app):
        await press(pilot, "j", "j")
        sidebar.set_filter("FOUR")
        assert [line.split() for line in lines(sidebar)[:3]] == [
            ["▾", "web", "1"],
            ["Fourth", "1", "4m"],
            [],
        ]
        assert sidebar.border_title == "Sessions / FOUR"
        assert sidebar.border_subtitle == "1 of 4 sessions"
        sidebar.set_filter("[/x] \x1b]0;")
        assert any("esc shows all" in line for line in lines(sidebar))
        assert sidebar.cursor_session is None
        await press(pilot, "j", "enter", "d", "escape")
        assert len(app.all_of(messages.FilterCleared)) == 1
        assert "▾ api" in lines(sidebar)[0]
        assert app.left == 0


async def test_what_is_looked_at_stays_when_others_change() -> None:
    made = crowded()
    async with running(made) as (sidebar, pilot, _):
        await press(pilot, "ctrl+d", "ctrl+d", "ctrl+d", "k", "k", "k")
        before = lines(sidebar)
        assert sidebar.cursor_session == "s24"
        sidebar.apply(made.put(*(entry(f"new{n}", "api", minutes=-1) for n in range(5))))
        assert lines(sidebar) == before
        sidebar.apply(made.put(entry("s59", "api", minutes=-2)))
        assert lines(sidebar) == before
        sidebar.apply(made.remove("s00", "s01", "new3"))
        assert lines(sidebar) == before
        assert sidebar.cursor_session == "s24"


async def test_the_cursor_goes_with_its_session() -> None:
    made = crowded()
    async with running(made) as (sidebar, pilot, _):
        await press(pilot, "ctrl+d", "ctrl+d", "ctrl+d", "k", "k", "k")
        at = line_of(sidebar, "s20")
        sidebar.apply(made.put(entry("s24", "api", minutes=-1, title="s24 is newest")))
        assert sidebar.cursor_session == "s24"
        assert line_of(sidebar, "s20") == at
        await press(pilot, "k", "j")
        assert sidebar.cursor_session == "s24"
        assert "s24 is newest" in lines(sidebar)[line_of(sidebar, "s24")]


async def test_the_cursor_goes_to_the_neighbour_of_what_is_removed() -> None:
    made = small()
    async with running(made) as (sidebar, pilot, app):
        await press(pilot, "j")
        sidebar.apply(made.remove("a1"))
        assert sidebar.cursor_session == "a2"
        sidebar.apply(made.remove("a2"))
        assert sidebar.cursor_session == "a0"
        sidebar.apply(made.remove("a0"))
        assert sidebar.cursor_session is None
        await until(pilot, lambda: app.all_of(messages.SessionHighlighted)[-1].session_id is None)


async def test_sessions_that_come_later_are_shown() -> None:
    made = Catalogue()
    async with running(made) as (sidebar, pilot, _):
        made.projects = small().projects
        made.put(entry("late", "web", title="Late"))
        sidebar.apply(LibraryChange(changed=frozenset(made.entries), projects=True))
        assert sidebar.cursor_session == "late"
        assert any("Late" in line for line in lines(sidebar))
        await pilot.pause()


async def test_state_survives() -> None:
    made = small()
    async with running(made) as (sidebar, pilot, _):
        await press(pilot, "h", "h", "j", "l", "j", "o", "o", "z")
        state = sidebar.state
        assert state == SidebarState.from_json(state.to_json())
        assert (state.open_groups, state.cursor_session) == (("all", "project:web"), "w0")
        assert (state.order, state.flat) == ("created", True)
    async with running(made, state=state) as (sidebar, pilot, _):
        assert sidebar.state == state
        assert sidebar.cursor_session == "w0"
        assert "▾ All sessions" in lines(sidebar)[0]
        await press(pilot, "z")
        assert "▸ api" in lines(sidebar)[0]


async def test_one_list_of_all_and_back_keep_the_cursor_on_its_session() -> None:
    async with running(small()) as (sidebar, pilot, app):
        go_to(sidebar, "Third")
        await press(pilot, "h", "h", "z")  # from the header of a group that is folded
        assert (sidebar.cursor_session, lines(sidebar)[0].split()[:2]) == (None, ["▾", "All"])
        go_to(sidebar, "Third")
        assert sidebar.cursor_session == "a2"
        await press(pilot, "z")
        assert sidebar.cursor_session == "a2"
        assert "▾ api" in lines(sidebar)[0]
        await press(pilot, "z")
        assert sidebar.cursor_session == "a2"
        said = [message.description for message in app.all_of(messages.OrderChanged)]
        assert said == [
            "newest first, all in one list",
            "newest first, by project",
            "newest first, all in one list",
        ]


async def test_what_was_filtered_in_one_list_is_found_in_the_tree() -> None:
    async with running(small()) as (sidebar, pilot, _):
        go_to(sidebar, "Third")
        sidebar.set_filter("nothing has this")
        await press(pilot, "z")
        sidebar.set_filter("")
        assert sidebar.cursor_session == "a2"


async def test_a_drag_from_the_list_of_all_shows_the_projects_above_it() -> None:
    crowd = [entry(f"s{n:02}", "api", minutes=9 + n, title=f"No {n}") for n in range(40)]
    made = catalogue(*crowd)
    async with running(made) as (sidebar, pilot, app):
        await press(pilot, "z")
        go_to(sidebar, "No 39")
        before = lines(sidebar)
        await press(pilot, "m", "j")
        shown = [line.strip(" ▸▾┆") for line in lines(sidebar)[:5]]
        assert [line.split()[0] for line in shown] == ["api", "web", "No", "Unfiled", "All"]
        await press(pilot, "escape")
        assert lines(sidebar) == before
        await press(pilot, "m", "w", "enter")
        assert app.all_of(messages.SessionsDropped)[0].session_ids == ("s39",)
        assert app.all_of(messages.SessionsDropped)[0].project_id == "web"
        assert lines(sidebar) == before
        assert sidebar.cursor_session == "s39"


@pytest.mark.parametrize(
    "value",
    [None, 3, [], {"open_groups": 3, "order": "shoe"}, {"open_groups": [1, "x"], "flat": 1}],
)
def test_a_damaged_state_is_read_as_far_as_it_goes(value: object) -> None:
    state = SidebarState.from_json(value)
    assert not state.flat
    assert state.order == "updated"
    assert all(isinstance(group, str) for group in state.open_groups)


async def test_marks_of_live_and_unseen() -> None:
    async with running(small()) as (sidebar, _, _app):
        sidebar.set_live({SessionId("a1")})
        sidebar.set_unseen({SessionId("a2")})
        assert ["●" in line for line in lines(sidebar)[1:4]] == [False, True, False]
        assert ["•" in line for line in lines(sidebar)[1:4]] == [False, False, True]
        sidebar.set_live(frozenset())
        assert not any("●" in line for line in lines(sidebar))


async def test_on_a_group_a_key_for_sessions_says_what_is_missing() -> None:
    async with running(small()) as (_, pilot, app):
        await press(pilot, "g", "m")
        assert "Select its sessions first" in app.all_of(messages.WriteRefused)[-1].reason
        await press(pilot, "G", "m")  # nothing is unfiled
        assert "without sessions" in app.all_of(messages.WriteRefused)[-1].reason


async def test_what_failed_last_is_marked_until_it_goes_on() -> None:
    made = small()
    async with running(made, Sidebar(now_ns=lambda: NOW)) as (sidebar, _, _app):
        assert not any("✗" in line for line in lines(sidebar))
        sidebar.apply(made.put(entry("a1", "api", minutes=1, failed=True)))
        assert [line.split()[0] for line in lines(sidebar) if "a1" in line] == ["✗"]
        sidebar.apply(made.put(entry("a1", "api")))
        assert not any("✗" in line for line in lines(sidebar))


async def test_ascii() -> None:
    made = small()
    made.spoil("bad", "not JSON")
    made.put(entry("a3", "api", parent="a0", pinned=True), entry("u", "3f2a"))
    async with running(made, Sidebar(glyphs=ASCII, now_ns=lambda: NOW)) as (sidebar, pilot, _):
        await press(pilot, "space", "G", "l", "m")
        assert all(line.isascii() for line in lines(sidebar))


async def test_ages_are_those_of_the_clock() -> None:
    clock = [NOW]
    async with running(small(), Sidebar(now_ns=lambda: clock[0])) as (sidebar, _, _app):
        clock[0] += 10 * MINUTE
        assert lines(sidebar)[1].endswith("10m")


async def test_clicks() -> None:
    async with running(small()) as (sidebar, pilot, app):
        await pilot.click(sidebar, Offset(9, 1 + line_of(sidebar, "Third")))
        assert sidebar.cursor_session == "a2"
        await pilot.click(sidebar, Offset(2, 1 + line_of(sidebar, "web")))
        assert "▾ web" in lines(sidebar)[line_of(sidebar, "web")]
        await pilot.click(sidebar, Offset(9, 1 + line_of(sidebar, "Fourth")), times=2)
        assert app.all_of(messages.SessionOpened) == [messages.SessionOpened(SessionId("w0"))]
        await pilot.click(sidebar, Offset(9, 18))
        assert sidebar.cursor_session == "w0"


async def test_dragging_with_the_pointer() -> None:
    async with running(small()) as (sidebar, pilot, app):
        await pilot.mouse_down(sidebar, Offset(9, 1 + line_of(sidebar, "Second")))
        await pilot.hover(sidebar, Offset(9, 1 + line_of(sidebar, "shop")))
        assert sidebar.drag_state is not None
        assert sidebar.drag_state.description == "Move 1 session to shop"
        at = line_of(sidebar, "shop")
        assert "┆ Second" in lines(sidebar)[at + 1]
        await pilot.mouse_up(sidebar, Offset(9, 1 + at))
        assert app.all_of(messages.SessionsDropped) == [
            messages.SessionsDropped((SessionId("a1"),), small().projects[2].project_id)
        ]
        assert not app.all_of(messages.SessionOpened)


async def test_the_pointer_beside_the_projects_drops_nothing() -> None:
    async with running(small()) as (sidebar, pilot, app):
        await press(pilot, "space", "space")
        await pilot.mouse_down(sidebar, Offset(9, 1 + line_of(sidebar, "Second")))
        await pilot.hover(sidebar, Offset(9, 1 + line_of(sidebar, "web")))
        assert sidebar.drag_state is not None
        assert sidebar.drag_state.sessions == ("a0", "a1")
        await pilot.hover(sidebar, Offset(9, 17))
        assert sidebar.drag_state.target is None
        await pilot.mouse_up(sidebar, Offset(9, 17))
        assert sidebar.drag_state is None
        assert not app.all_of(messages.SessionsDropped)


async def test_hostile_titles_reach_the_screen_as_text() -> None:
    made = catalogue(
        entry("a", title="\x1b]52;c;aGk=\x07[/x] [@click=app.quit]bye[/]"), names=("[b]x\x1b[2J",)
    )
    async with running(made) as (sidebar, pilot, _):
        await pilot.pause()
        shown = "\n".join(lines(sidebar))
        assert "[/x]" in shown
        assert "[b]x" in shown
        assert all(character.isprintable() or character == "\n" for character in shown)


async def test_only_what_differs_is_painted() -> None:
    made = crowded()
    async with running(made) as (sidebar, pilot, _):
        await press(pilot, "j", "j", "j")
        await pilot.pause()
        painted: list[int] = []
        render = sidebar.render_line
        sidebar.render_line = lambda y: (painted.append(y), render(y))[1]
        await press(pilot, "j")
        await pilot.pause()
        assert set(painted) == {5}  # that above was drawn before the cursor came
        painted.clear()
        sidebar.apply(made.put(entry("s01", "api", minutes=1, title="another title")))
        await pilot.pause()
        assert set(painted) == {2}


async def test_a_filter_that_finds_nothing_leads_back_to_where_it_began() -> None:
    async with running(small()) as (sidebar, _, _app):
        go_to(sidebar, "Fourth")
        for text in ("q", "qq", ""):
            sidebar.set_filter(text)
        assert sidebar.cursor_session == "w0"
        for text in ("F", "Fi", "Fix", "F"):
            sidebar.set_filter(text)  # a letter too many, which leaves others only
        assert sidebar.cursor_session == "w0"


async def test_a_session_whose_text_is_found_later_keeps_the_cursor() -> None:
    async with running(small()) as (sidebar, pilot, _):
        go_to(sidebar, "Fourth")
        sidebar.set_filter("Second")
        assert sidebar.cursor_session == "a1"
        sidebar.set_within({SessionId("w0")})
        assert sidebar.cursor_session == "w0"
        await press(pilot, "g", "j")
        assert sidebar.cursor_session == "a1"
        sidebar.set_within({SessionId("w0"), SessionId("a0")})  # now it is where the user went
        assert sidebar.cursor_session == "a1"


async def test_what_a_filter_found_stays_in_sight_without_it() -> None:
    async with running(small()) as (sidebar, pilot, _):
        sidebar.set_filter("Fourth")
        await press(pilot, "j")
        assert sidebar.cursor_session == "w0"
        sidebar.set_filter("")
        assert sidebar.cursor_session == "w0"
