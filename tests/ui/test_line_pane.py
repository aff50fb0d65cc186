"""Lines that a pane keeps are those that it would draw."""

from collections.abc import Callable

import pytest
from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot
from textual.strip import Strip
from textual.widgets import Button

from oxtui.ui.sidebar.widget import Sidebar
from oxtui.ui.themes import LIGHT, THEMES
from tests.ui.sidebar.catalogues import NOW, Catalogue, catalogue, entry

STEPS = [
    "j j j k G k k g j",
    "G space k space g",
    "ctrl+d j ctrl+d k ctrl+u",
    "j h h l j z o G",
    "space m j escape k",
    "tab shift+tab j",
]


class SidebarApp(App[None]):
    CSS = "Sidebar { width: 40; height: 20; }"

    def __init__(self) -> None:
        super().__init__()
        for theme in THEMES:
            self.register_theme(theme)
        self.sidebar = Sidebar(now_ns=lambda: NOW)

    def compose(self) -> ComposeResult:
        yield self.sidebar
        yield Button("elsewhere")

    def on_mount(self) -> None:
        self.sidebar.show(many(60))
        self.sidebar.focus()


def many(count: int) -> Catalogue:
    return catalogue(*(entry(f"s{n:03}", "api", minutes=n) for n in range(count)), names=("web",))


def drawn(sidebar: Sidebar) -> list[list[Segment]]:
    return [list(strip) for strip in sidebar.render_lines(sidebar.outer_size.region)]


def assert_as_if_new(sidebar: Sidebar) -> None:
    kept = drawn(sidebar)
    sidebar.refresh()
    assert kept == drawn(sidebar)


@pytest.mark.parametrize("keys", STEPS)
async def test_what_is_kept_is_what_would_be_drawn(keys: str) -> None:
    app = SidebarApp()
    async with app.run_test(size=(80, 24)) as pilot:
        for key in keys.split():
            await pilot.press(key)
            await pilot.pause()
            assert_as_if_new(app.sidebar)


def shrink(app: SidebarApp) -> None:
    app.sidebar.styles.width = 30


def lower(app: SidebarApp) -> None:
    app.sidebar.styles.height = 12


def colour(app: SidebarApp) -> None:
    app.theme = LIGHT.name


def frame(app: SidebarApp) -> None:
    app.sidebar.styles.border = ("heavy", "red")


def entitle(app: SidebarApp) -> None:
    app.sidebar.set_subtitle("else")


def find(app: SidebarApp) -> None:
    app.sidebar.set_filter("s00")


@pytest.mark.parametrize("change", [shrink, lower, colour, frame, entitle, find])
async def test_another_look_is_taken_over(change: Callable[[SidebarApp], None]) -> None:
    app = SidebarApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("j", "j", "G")
        await pilot.pause()
        before = drawn(app.sidebar)
        change(app)
        await pilot.pause()
        assert drawn(app.sidebar) != before
        assert_as_if_new(app.sidebar)


async def test_a_line_that_was_drawn_is_not_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    app = SidebarApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*"gjG")
        await pilot.pause()
        asked: list[int] = []
        real = Sidebar.render_line

        def counted(self: Sidebar, y: int) -> Strip:
            asked.append(y)
            return real(self, y)

        monkeypatch.setattr(Sidebar, "render_line", counted)
        for key in "gjG":
            await pilot.press(key)
            await pilot.pause()
        drawn(app.sidebar)
        assert not asked


async def test_a_part_of_a_pane_is_cut_out_of_it() -> None:
    app = SidebarApp()
    async with app.run_test(size=(80, 24)):
        whole = app.sidebar.render_lines(app.sidebar.outer_size.region)
        part = app.sidebar.render_lines(Region(3, 2, 10, 4))
        assert [strip.text for strip in part] == [strip.text[3:13] for strip in whole[2:6]]


async def assert_bar_is_true(pilot: Pilot[None], sidebar: Sidebar) -> None:
    bar = sidebar.vertical_scrollbar
    shown = [strip.text for strip in bar.render_lines(bar.outer_size.region)]
    bar.position = sidebar.scroll_y
    await pilot.pause()
    assert shown == [strip.text for strip in bar.render_lines(bar.outer_size.region)]


@pytest.mark.parametrize("count", [60, 900])
async def test_the_scroll_bar_is_drawn_where_it_belongs(count: int) -> None:
    app = SidebarApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.sidebar.show(many(count))
        for key in ["G", "k", "g", "ctrl+d", "ctrl+d", *"jjjjj", "ctrl+d", "o", "h", "G"]:
            await pilot.press(key)
            await pilot.pause()
            await assert_bar_is_true(pilot, app.sidebar)


async def test_the_scroll_bar_takes_over_what_it_did_not_show() -> None:
    app = SidebarApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.sidebar.show(many(9_000))
        await pilot.press(*["j"] * 22)
        await pilot.pause()
        assert app.sidebar.scroll_y > 0 == app.sidebar.vertical_scrollbar.position
        app.sidebar.show(many(40))
        await pilot.pause()
        assert app.sidebar.scroll_y > 0
        await assert_bar_is_true(pilot, app.sidebar)
