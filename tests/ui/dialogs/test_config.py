from collections.abc import Callable
from pathlib import Path

import pytest
from textual.widgets import Button, Input

from oxtui.store.models import PruneConfig
from oxtui.store.prune import plan_prune
from oxtui.store.settings import read_settings, write_settings
from oxtui.store.values import SessionSettings
from oxtui.ui.dialogs.config import ConfigDialog, meaning
from tests.ui.dialogs.host import HOSTILE, HOSTILE_SHOWN, is_safe, running
from tests.ui.sidebar.catalogues import NOW, Catalogue, entry

DAY = 24 * 60
DEFAULTS = SessionSettings()
PATH = Path("/home/me/.oxios/config.toml")


def catalogue() -> Catalogue:
    made = Catalogue()
    made.put(
        entry("live", minutes=2, size=100),
        entry("old", minutes=8 * DAY, size=1_000),
        entry("pinned", minutes=9 * DAY, size=2_000, pinned=True),
    )
    return made


def dialog(
    settings: SessionSettings = DEFAULTS, path: Path = PATH, read_only: str | None = None
) -> Callable[[], ConfigDialog]:
    return lambda: ConfigDialog(
        catalogue(), settings, path, read_only=read_only, now_ns=lambda: NOW
    )


@pytest.mark.parametrize(
    ("config", "auto_prune", "said"),
    [
        (PruneConfig(0, 168), True, "2 sessions, 3.0 KB, at its next prune, for good. 1 of them"),
        (PruneConfig(0, 0), True, "Oxios would remove nothing"),
        (PruneConfig(0, 168), False, "Oxios would not prune by itself."),
    ],
)
def test_what_settings_mean(config: PruneConfig, auto_prune: bool, said: str) -> None:
    plan = plan_prune(catalogue().entries.values(), config, NOW, live_ns=0)
    assert said in meaning(plan, auto_prune=auto_prune)


async def test_what_would_go_is_said_as_limits_are_typed() -> None:
    async with running(dialog()) as (app, pilot):
        assert str(PATH) in app.shown()
        assert "next start" in app.shown()
        assert "Oxios would remove 2 sessions, 3.0 KB" in app.shown()
        await pilot.press("tab", "0")
        assert "Oxios would remove nothing" in app.shown()
        await pilot.press("tab", "space")
        assert "Oxios would not prune by itself" in app.shown()


async def test_only_what_changed_comes_back() -> None:
    async with running(dialog()) as (app, pilot):
        assert app.dialog.query_one("#accept", Button).disabled
        await pilot.press("5", "enter")
        assert app.results == [{"max_sessions": 5}]
    async with running(dialog()) as (app, pilot):
        await pilot.press("tab", "tab", "space", "tab", "tab", "enter")
        assert app.results == [{"auto_prune": False}]


async def test_nothing_changed_is_nothing_to_save() -> None:
    async with running(dialog()) as (app, pilot):
        await pilot.press("enter")
        assert app.results == []
        await pilot.press("escape")
        assert app.results == [None]


async def test_a_wrong_value_is_refused_in_its_field() -> None:
    async with running(dialog()) as (app, pilot):
        await pilot.press("x", "enter")
        assert "Only a whole number" in app.shown()
        assert "Oxios would" not in app.shown()
        assert app.results == []
        assert app.dialog.query_one("#accept", Button).disabled
        app.dialog.query_one("#max-sessions Input", Input).value = "7"
        await pilot.pause()
        assert "Only a whole number" not in app.shown()
        assert "Oxios would remove 2 sessions" in app.shown()
        await pilot.press("enter")
        assert app.results == [{"max_sessions": 7}]


async def test_a_store_that_is_only_read_has_its_settings_shown() -> None:
    async with running(dialog(read_only="so asked")) as (app, pilot):
        assert "Nothing is saved here: so asked." in app.shown()
        await pilot.press("5", "enter")
        assert "Oxios would remove" in app.shown()
        assert app.results == []
        await pilot.press("escape")
        assert app.results == [None]


async def test_a_file_that_cannot_be_used_is_said_and_mended_by_saving(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[session]\nmax_sessions = -1  # oops\n")
    async with running(dialog(read_settings(path), path)) as (app, pilot):
        assert "max_sessions is not a whole number" in app.shown()
        await pilot.press("tab", "tab", "tab", "tab", "enter")
        (values,) = app.results
    write_settings(path, values)  # pyright: ignore[reportArgumentType] - what any dialog gives
    assert read_settings(path) == SessionSettings()


@pytest.mark.parametrize("size", [(40, 15), (120, 40)])
async def test_hostile_text_is_only_text_and_buttons_stay(size: tuple[int, int]) -> None:
    settings = SessionSettings(problem=HOSTILE)
    async with running(dialog(settings, Path(f"/{HOSTILE}")), size) as (app, _):
        assert HOSTILE_SHOWN[:8] in app.shown()
        assert is_safe(app.shown())
        assert "Save" in app.shown()


@pytest.mark.parametrize("theme", ["ansi-light", "ansi-dark"])
async def test_colours_of_the_terminal_leave_labels_and_fields_to_be_seen(theme: str) -> None:
    async with running(dialog()) as (app, pilot):
        app.theme = theme
        await pilot.pause()
        assert "Save" in app.shown()
        await pilot.press("5")
        save = app.dialog.query_one("#accept", Button)
        assert "Save" in app.shown()
        assert not save.disabled
        save.focus()
        await pilot.pause()
        assert "Save" in app.shown()
        body = app.dialog.query_one(".dialog--box").styles.background
        for field in app.dialog.query(Input):
            assert field.styles.background != body
