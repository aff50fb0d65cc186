"""The theme that the user chose."""

from oxtui.locations import theme_path
from oxtui.store.state_store import StateStore
from oxtui.ui.themes import DARK, LIGHT
from tests.ui.conftest import app_on, choose, until


async def test_a_theme_that_was_chosen_stays_chosen(demo_store: StateStore) -> None:
    async with app_on(demo_store.base_path).run_test() as pilot:
        assert pilot.app.theme == DARK.name
        await choose(pilot, "theme", LIGHT.name)
        await until(pilot, lambda: pilot.app.theme == LIGHT.name)
        await until(pilot, theme_path().exists)
    async with app_on(demo_store.base_path).run_test() as pilot:
        assert pilot.app.theme == LIGHT.name


async def test_a_theme_for_one_run_is_not_kept(demo_store: StateStore) -> None:
    async with app_on(demo_store.base_path, theme="nord").run_test() as pilot:
        assert pilot.app.theme == "nord"
        await pilot.pause()
    assert not theme_path().exists()


async def test_a_theme_that_there_is_not_any_more_is_let_go(demo_store: StateStore) -> None:
    theme_path().parent.mkdir(parents=True)
    theme_path().write_text('"gone"')
    async with app_on(demo_store.base_path).run_test() as pilot:
        assert pilot.app.theme == DARK.name
