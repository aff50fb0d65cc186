"""What the screen takes in of an act: the sessions that it changed, and nothing by another name."""

import pytest

from oxtui.store.state_store import StateStore
from tests.ui.conftest import until
from tests.ui.test_main import at_titled, opened, toasts


@pytest.mark.parametrize("name", ["프" * 90, "../outside"])
async def test_what_is_taken_back_may_be_called_what_no_session_is(
    demo_store: StateStore, name: str
) -> None:
    outside = demo_store.base_path / "outside.json"
    outside.write_bytes(next(demo_store.sessions_path.glob("*.json")).read_bytes())
    async with opened(demo_store) as (pilot, screen):
        await screen.acts.add_project(name)
        await pilot.press("u")
        await until(pilot, lambda: "Took back: Added the project" in toasts(screen))
        assert (len(screen.library.entries), len(screen.library.unreadable)) == (40, 2)


async def test_what_comes_back_is_shown_before_the_disk_is_looked_at_again(
    demo_store: StateStore,
) -> None:
    async with opened(demo_store, poll_s=3600.0) as (pilot, screen):
        session = await at_titled(pilot, screen, "Renew the wildcard certificate")
        await screen.report(screen.acts.delete([session]))
        assert session not in screen.library.entries
        (entry,) = demo_store.trash.entries()
        await screen.report(screen.acts.restore([entry]))
        assert session in screen.library.entries
        await pilot.press("u")
        await until(pilot, lambda: session not in screen.library.entries)
        await pilot.press("U")
        await until(pilot, lambda: session in screen.library.entries)
