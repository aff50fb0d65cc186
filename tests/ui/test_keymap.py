"""Keys that the user chose, as they work in the application."""

import pkgutil
from importlib import import_module
from pathlib import Path

import pytest
from textual.binding import Binding
from textual.widgets import Static

import oxtui.ui
from oxtui.locations import settings_path
from oxtui.store.state_store import StateStore
from oxtui.ui.app import OxtuiApp
from oxtui.ui.areas import dialog_areas, main_areas
from oxtui.ui.dialogs.prompt import TextPrompt
from oxtui.ui.dialogs.prune import PruneDialog, PruneRows
from oxtui.ui.keymap import keys_now, only_in, overrides, with_keys
from oxtui.ui.screens.help import HelpScreen
from oxtui.ui.screens.history import HistoryScreen
from oxtui.ui.screens.main import MainScreen
from oxtui.ui.search_field import SearchField
from tests.hostile import harm
from tests.ui.conftest import until
from tests.ui.test_main import opened, toasts, turn


def choose(*lines: str) -> Path:
    path = settings_path()
    path.parent.mkdir(parents=True)
    path.write_text("\n".join(["[keys]", *lines]))
    return path


def shown(screen: HelpScreen) -> list[str]:
    return "\n".join(str(part.render()) for part in screen.query(Static)).splitlines()


def target(screen: MainScreen) -> str | None:
    assert screen.sidebar.drag_state is not None
    return screen.sidebar.drag_state.group


async def test_a_key_is_another_one_and_the_old_one_is_free(demo_store: StateStore) -> None:
    choose('"app.prune" = "f5, Z"')
    async with opened(demo_store) as (pilot, screen):
        await pilot.press("P")
        await pilot.pause()
        assert pilot.app.screen is screen
        for key in ("f5", "Z"):
            await pilot.press(key)
            await until(pilot, lambda: isinstance(pilot.app.screen, PruneDialog))
            await pilot.press("escape")
            await until(pilot, lambda: pilot.app.screen is screen)
        assert not toasts(screen)


async def test_help_shows_the_keys_of_the_user(demo_store: StateStore) -> None:
    choose('"app.prune" = "Z"', '"sidebar.trash" = "p"', '"app.quit" = ""')
    async with opened(demo_store) as (pilot, _):
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        help_screen = pilot.app.screen
        assert isinstance(help_screen, HelpScreen)
        await until(pilot, lambda: any("Prune" in line for line in shown(help_screen)))
        lines = [line.split() for line in shown(help_screen)]
        assert ["Z", "Prune"] in lines
        assert ["p", "Trash"] in lines
        assert ["Pin"] in lines  # its key is taken, and it has no other
        assert ["Quit"] in lines


async def test_help_knows_the_ids_and_where_to_write_them(demo_store: StateStore) -> None:
    choose('"prune.keep" = "v"')
    async with opened(demo_store, size=(140, 60)) as (pilot, _):
        await pilot.press("question_mark")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        help_screen = pilot.app.screen
        assert isinstance(help_screen, HelpScreen)
        await pilot.press("i")
        await until(pilot, lambda: any("prune.keep" in line for line in shown(help_screen)))
        lines = [line.split() for line in shown(help_screen)]
        assert ["v", "prune.keep"] in lines
        assert ["m", "sidebar.grab"] in lines
        assert ["?", "app.help"] in lines
        assert ["ctrl+d,pagedown", "timeline.page_down"] in lines
        assert ["escape", "timeline.all_tools"] in lines
        assert "config.toml" in "".join(shown(help_screen))
        await pilot.press("i")
        await until(pilot, lambda: any("Next error" in line for line in shown(help_screen)))


def test_every_id_there_is_can_be_chosen() -> None:
    areas = [*main_areas(OxtuiApp.BINDINGS), *dialog_areas()]
    known = frozenset[str]().union(*(area.ids for area in areas))
    for found in pkgutil.walk_packages(oxtui.ui.__path__, "oxtui.ui."):
        for each in vars(import_module(found.name)).values():
            if isinstance(each, type) and each.__module__ == found.name:
                own = [b for b in vars(each).get("BINDINGS", ()) if isinstance(b, Binding)]
                assert {binding.id for binding in own} <= known, each


async def test_what_shares_a_key_with_a_changed_one_keeps_it(demo_store: StateStore) -> None:
    choose('"sidebar.read" = "o"', '"sidebar.cursor" = "x"', '"sidebar.down" = "n,down"')
    async with opened(demo_store) as (pilot, screen):
        await until(pilot, lambda: "no such action: sidebar.cursor" in toasts(screen))
        await pilot.press("m")
        before = target(screen)
        await pilot.press("j")
        assert target(screen) != before  # `j` is free among rows only
        await pilot.press("k", "enter")
        assert screen.sidebar.drag_state is None
        cursor = screen.sidebar.cursor_line
        assert cursor is not None
        await pilot.press("j")
        assert screen.sidebar.cursor_line == cursor
        await pilot.press("n")
        assert screen.sidebar.cursor_line == cursor + 1
        await pilot.press("o")
        await until(pilot, lambda: screen.timeline.has_focus)


async def test_a_drag_goes_by_the_keys_of_the_user(demo_store: StateStore) -> None:
    choose(
        '"sidebar.next_target" = "n,tab"',
        '"sidebar.previous_target" = "b"',
        '"sidebar.drop" = "d"',
        '"app.help" = "f1"',
    )
    async with opened(demo_store) as (pilot, screen):
        await pilot.press("m")
        await until(pilot, lambda: "d drops, esc cancels," in screen.status.status.busy)
        home = target(screen)
        await pilot.press("n")
        first = target(screen)
        assert first != home
        await pilot.press("tab")
        assert target(screen) not in (first, home)
        await pilot.press("b", "b")
        assert target(screen) == home
        await pilot.press("j", "n", "b", "d")
        state = screen.sidebar.drag_state
        assert state is not None
        assert state.typed == "jnbd"  # from the first letter on all of them are letters
        await pilot.press(*["backspace"] * 4, "question_mark")
        assert pilot.app.screen is screen
        await pilot.press("f1")
        await until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen)
        await pilot.press("n", "d")
        assert screen.sidebar.drag_state is None
        await pilot.press("n")  # which it is among rows
        await until(pilot, lambda: isinstance(pilot.app.screen, TextPrompt))


async def test_what_is_said_names_the_keys_of_the_user(demo_store: StateStore) -> None:
    choose('"app.undo" = "f3"', '"app.redo" = ""')
    async with opened(demo_store) as (pilot, screen):
        await pilot.press("j", "p")
        await until(pilot, lambda: ". f3 undoes." in toasts(screen))
        await pilot.press("f3")
        await until(pilot, lambda: "Undone" in toasts(screen))
        assert "does it again" not in toasts(screen)  # no key does


async def test_dialogs_lists_and_the_search_have_keys_of_the_user(demo_store: StateStore) -> None:
    choose('"prune.keep" = "v"', '"history.close" = "x"', '"search.leave" = "f2"')
    (demo_store.base_path / "config.toml").write_text("[session]\nmax_sessions = 5\n")
    async with opened(demo_store) as (pilot, screen):
        await pilot.press("slash", "f2")
        await until(pilot, lambda: not screen.query_one(SearchField).display)
        await pilot.press("H")
        await until(pilot, lambda: isinstance(pilot.app.screen, HistoryScreen))
        await pilot.press("x")
        await until(pilot, lambda: pilot.app.screen is screen)
        await pilot.press("P")
        await until(pilot, lambda: isinstance(pilot.app.screen, PruneDialog))
        rows = pilot.app.screen.query_one(PruneRows)
        rows.focus()
        await pilot.pause()
        assert rows.cursor == 0
        await pilot.press("space")
        assert rows.cursor == 0
        await pilot.press("v")  # keeps it, and goes on
        assert rows.cursor == 1
        assert not toasts(screen)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('"app.nothing" = "x"', "no such action: app.nothing"),
        ('"app.prune" = "no such key"', "no key that there is: app.prune"),
        ('"app.prune" = "Q,"', "no key that there is: app.prune"),
        ('"app.prune" = "hyper+mega+q"', "no key that there is: app.prune"),
        ('"app.prune" = 1', "no key that there is: app.prune"),
        ('"app.prune" = "x"\n"app.undo" = "x"', "x was chosen for app.prune, app.undo"),
        ('"a" = ' + "[" * 5_000, "nested too deeply"),
        ('"a" = ', "was not used"),
        ('"\\u001b]52;c;QQ==\\u0007\\u009b2J\\u202e" = "x"', "no such action"),
        ('"app.prune" = \x1b]52;c;QQ==\x07\n', "was not used"),
        ("\n".join(f'"{"x" * 200}{n}" = "x"' for n in range(999)), "and 996 more"),
    ],
)
async def test_what_is_wrong_is_said_as_text_and_the_keys_are_as_they_were(
    line: str, said: str, demo_store: StateStore
) -> None:
    choose(line)
    async with opened(demo_store) as (pilot, screen):
        await until(pilot, lambda: said in " ".join(toasts(screen).split()))
        assert not harm(toasts(screen))
        if '"app.undo"' not in line:
            await pilot.press("P")
            await until(pilot, lambda: isinstance(pilot.app.screen, PruneDialog))


async def test_settings_may_be_a_link(demo_store: StateStore) -> None:
    path = choose('"app.prune" = "Z"')
    path.rename(path.with_name("elsewhere.toml"))
    path.symlink_to("elsewhere.toml")
    async with opened(demo_store) as (pilot, _):
        await pilot.press("Z")
        await until(pilot, lambda: isinstance(pilot.app.screen, PruneDialog))


async def test_the_timeline_has_the_keys_of_the_user_from_the_sidebar(
    demo_store: StateStore,
) -> None:
    choose('"timeline.next_turn" = "Z"', '"sidebar.pin" = "K"')
    async with opened(demo_store) as (pilot, screen):
        screen.timeline.action_first_turn()
        await pilot.press("J")
        assert turn(screen) == 0
        await pilot.press("Z")
        assert turn(screen) == 1
        await pilot.press("K")
        await until(pilot, lambda: "Pinned" in toasts(screen))
        assert turn(screen) == 1


def test_keys_that_only_one_area_has() -> None:
    areas = main_areas(OxtuiApp.BINDINGS)
    assert "".join(only_in("Timeline", areas)) == "JKteENfsFwxX"
    now = keys_now({"timeline.detail": ("d", "D"), "sidebar.pin": ("e",)}, areas)
    assert "".join(only_in("Timeline", [with_keys(area, now) for area in areas])) == "JKDENfsFwxX"


def test_only_what_changed_and_what_shares_a_key_with_it_is_told() -> None:
    areas = main_areas(OxtuiApp.BINDINGS)
    assert not overrides(keys_now({}, areas), areas)
    told = overrides(keys_now({"sidebar.read": ("o",)}, areas), areas)
    assert dict(told) == {
        "sidebar.read": "o",
        "sidebar.drop": "enter",
        "sidebar.order": "<ignore>",
    }
