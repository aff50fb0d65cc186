import asyncio
from collections.abc import Callable
from typing import cast

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input

from oxtui.store.models import ProjectId, PruneConfig
from oxtui.store.projects.catalog import Project
from oxtui.store.prune import PruneRow
from oxtui.ui.dialogs.planning import MOST_AT_ONCE
from oxtui.ui.dialogs.prune import PruneDialog, PruneRows
from tests.ui.dialogs.host import HOSTILE, HOSTILE_SHOWN, Host, is_safe, running
from tests.ui.sidebar.catalogues import NOW, Catalogue, entry

DAY = 24 * 60
WEEK = PruneConfig(0, 168)


def catalogue() -> Catalogue:
    made = Catalogue(projects=[Project(ProjectId("p"), "api")])
    made.put(
        entry("live", minutes=2, title="In use"),
        entry("a", "p", minutes=8 * DAY, title="First", size=1_000),
        entry("b", minutes=9 * DAY, title="Second", size=2_000, pinned=True),
        entry("c", "gone", minutes=10 * DAY, title="Third", size=4_000),
    )
    return made


def dialog(config: PruneConfig = WEEK, made: Catalogue | None = None) -> Callable[[], PruneDialog]:
    return lambda: PruneDialog(made or catalogue(), config, now_ns=lambda: NOW)


def taken(app: Host) -> tuple[PruneRow, ...]:
    (rows,) = app.results
    return cast("tuple[PruneRow, ...]", rows)


def ids(app: Host) -> list[str]:
    return [row.session_id for row in taken(app)]


async def type_limit(app: Host, pilot: Pilot[None], field: str, text: str) -> None:
    app.dialog.query_one(f"#{field} Input", Input).value = text
    await pilot.pause()


async def until(pilot: Pilot[None], condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await pilot.pause()


async def test_every_session_with_its_reason_project_age_and_size() -> None:
    async with running(dialog(), (120, 40)) as (app, _):
        shown = app.shown()
        assert "2 of 4 sessions to the trash, 5.0 KB. 1 beyond the limits stays." in shown
        (first,) = (line for line in shown.splitlines() if "First" in line)
        for fact in ("api", "older than 168 h by 1 d", "1w", "1.0 KB"):
            assert fact in first
        (second,) = (line for line in shown.splitlines() if "Second" in line)
        assert "stays: pinned" in second
        assert "unknown gone" in shown
        assert "In use" not in shown


async def test_a_clock_that_was_wrong_is_said() -> None:
    made = catalogue()
    made.put(entry("ahead", minutes=-3 * DAY, title="From the future"))
    async with running(dialog(made=made), (120, 40)) as (app, _):
        shown = app.shown()
        assert "1 session is dated in the future" in shown
        assert "From the future" not in shown


async def test_what_was_shown_and_not_kept_comes_back() -> None:
    async with running(dialog()) as (app, pilot):
        await pilot.press("shift+tab", "space", "tab", "tab", "enter")
        assert ids(app) == ["a"]


async def test_the_state_that_was_shown_comes_back_whatever_happened_since() -> None:
    made = catalogue()
    seen = tuple(made.entries.values())
    async with running(dialog(made=made)) as (app, pilot):
        made.put(entry("a", minutes=0, title="Written again"))
        await pilot.press("tab", "enter")
        assert all(row.entry in seen for row in taken(app))
        assert ids(app) == ["c", "a"]


async def test_pinned_and_live_ones_cannot_be_taken() -> None:
    made = catalogue()
    async with running(dialog(WEEK, made)) as (app, pilot):
        await pilot.press("shift+tab", "j", "space", "tab", "tab", "enter")
        assert ids(app) == ["c", "a"]
    made.put(entry("newer", minutes=1), entry("newest", minutes=0))
    async with running(dialog(PruneConfig(2, 0), made), (120, 40)) as (app, pilot):
        assert "stays: written 2m ago" in app.shown()
        await pilot.press("shift+tab", "G", "space", "tab", "tab", "enter")
        assert "live" not in ids(app)


@pytest.mark.parametrize("key", ["down", "up", "j", "k"])
async def test_keys_that_go_through_lists_go_to_the_sessions_from_any_button(key: str) -> None:
    async with running(dialog()) as (app, pilot):
        rows = app.dialog.query_one(PruneRows)
        for button in ("#cancel", "#accept"):
            app.dialog.query_one(button).focus()
            await pilot.press(key, "enter")
            assert app.focused is rows
        assert app.results == []
        await pilot.press("shift+tab", "down")  # from a field to the sessions as well
        assert app.focused is rows


async def test_keys_of_the_sessions_work_from_the_first_moment() -> None:
    async with running(dialog()) as (app, pilot):
        await pilot.press("space")
        assert "1 of 4 sessions to the trash" in app.shown()
        await pilot.press("tab", "a")
        assert "Nothing to move" in app.shown()


@pytest.mark.parametrize("keys", [["P", "P", "enter"], ["tab", "escape"]])
async def test_nothing_goes_without_its_button(keys: list[str]) -> None:
    async with running(dialog()) as (app, pilot):
        assert app.focused is app.dialog.query_one("#cancel")
        await pilot.press(*keys)
        assert app.results == [None]


async def test_limits_change_the_plan_as_they_are_typed() -> None:
    async with running(dialog()) as (app, pilot):
        await type_limit(app, pilot, "ttl-hours", "230")
        assert "1 of 4 sessions to the trash" in app.shown()
        await type_limit(app, pilot, "max-sessions", "1")
        assert "beyond the newest 1" in app.shown()
        assert "Move 2 sessions to the trash" in app.shown()


async def test_without_limits_it_says_why_nothing_goes() -> None:
    async with running(dialog(PruneConfig(0, 0))) as (app, pilot):
        assert "both limits are 0" in app.shown()
        assert app.dialog.query_one("#accept", Button).disabled
        await pilot.press("tab", "enter")
        assert app.results in ([], [None])


async def test_a_plan_for_many_comes_beside_the_event_loop() -> None:
    made = Catalogue()
    made.put(*(entry(f"s{n}", minutes=n * DAY) for n in range(MOST_AT_ONCE + 1)))
    async with running(dialog(PruneConfig(500, 0), made)) as (app, pilot):
        await until(pilot, lambda: "1,501 of 2,001 sessions" in app.shown())
        await type_limit(app, pilot, "max-sessions", "50")
        await type_limit(app, pilot, "max-sessions", "1000")
        await until(pilot, lambda: "1,001 of 2,001 sessions" in app.shown())
        await pilot.press("tab", "enter")
        assert len(ids(app)) == 1_001


@pytest.mark.parametrize("size", [(40, 15), (80, 24)])
async def test_rows_and_buttons_have_room_and_hostile_titles_are_only_text(
    size: tuple[int, int],
) -> None:
    made = Catalogue(projects=[Project(ProjectId("p"), HOSTILE)])
    made.put(*(entry(f"s{n}", "p", minutes=n * DAY, title=HOSTILE) for n in range(30)))
    async with running(dialog(made=made), size) as (app, _):
        shown = app.shown()
        assert HOSTILE_SHOWN[:8] in shown
        assert is_safe(shown)
        assert app.dialog.query_one(PruneRows).size.height >= 4
        for button in app.dialog.query(Button):
            assert button.region in app.screen.region
        assert any("Cancel" in line and "to the trash" in line for line in shown.splitlines())


async def test_the_label_has_room_when_its_number_grows() -> None:
    made = Catalogue()
    made.put(*(entry(f"s{n:02}", minutes=n, title=f"No {n}") for n in range(20, 80)))
    async with running(dialog(PruneConfig(57, 0), made), (100, 30)) as (app, pilot):
        assert "Move 3 sessions to the trash" in app.shown()
        await type_limit(app, pilot, "max-sessions", "5")
        assert "Move 55 sessions to the trash" in app.shown()
        await pilot.resize_terminal(20, 8)
        await pilot.pause()
        await pilot.resize_terminal(200, 60)
        await pilot.pause()
        assert "Move 55 sessions to the trash" in app.shown()


async def test_a_wrong_limit_is_refused_in_its_field_and_nothing_is_foretold() -> None:
    async with running(dialog(), (120, 40)) as (app, pilot):
        await type_limit(app, pilot, "ttl-hours", "1.5")
        shown = app.shown()
        assert "sessions to the trash" not in shown
        assert "Nothing goes while a limit is wrong" in shown
        assert "Only a whole number" in shown
        assert app.dialog.query_one("#accept", Button).disabled
        await type_limit(app, pilot, "ttl-hours", "168")
        assert "2 of 4 sessions to the trash, 5.0 KB." in app.shown()
        assert "Move 2 sessions to the trash" in app.shown()


async def test_a_plan_of_a_store_that_is_only_read_is_shown_and_not_done() -> None:
    def make() -> PruneDialog:
        why = "opened with --read-only"
        return PruneDialog(catalogue(), WEEK, read_only=why, now_ns=lambda: NOW)

    async with running(make, (120, 40)) as (app, pilot):
        shown = app.shown()
        assert "2 of 4 sessions to the trash, 5.0 KB." in shown
        assert "Nothing is moved here: " in shown
        assert "--read-only." in shown
        assert app.dialog.query_one("#accept", Button).disabled
        await pilot.press("space")
        assert app.dialog.query_one("#accept", Button).disabled
