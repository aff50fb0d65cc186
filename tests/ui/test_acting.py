"""What the screen takes in of an act: the sessions that it changed, and nothing by another name."""

import json
import re
import time

import pytest

from oxtui.locations import state_folder
from oxtui.store.state_store import StateStore
from oxtui.store.timestamps import Timestamp
from oxtui.ui.dialogs.confirm import Confirm
from oxtui.ui.screens.history import HistoryScreen
from oxtui.ui.sidebar.messages import SessionsDropped, TrashRequested
from tests.ui.conftest import until
from tests.ui.dialogs.host import shown_by
from tests.ui.test_main import at_titled, opened, toasts
from tests.ui.test_taken_back import turn


@pytest.mark.parametrize("name", ["프" * 90, "../outside"])
async def test_what_is_taken_back_may_be_called_what_no_session_is(
    demo_store: StateStore, name: str
) -> None:
    outside = demo_store.base_path / "outside.json"
    outside.write_bytes(next(demo_store.sessions_path.glob("*.json")).read_bytes())
    async with opened(demo_store) as (pilot, screen):
        await screen.reporter.acts.add_project(name)
        await pilot.press("u")
        await until(pilot, lambda: "Undone: Added the project" in toasts(screen))
        assert (len(screen.library.entries), len(screen.library.unreadable)) == (40, 2)


async def test_what_comes_back_is_shown_before_the_disk_is_looked_at_again(
    demo_store: StateStore,
) -> None:
    async with opened(demo_store, poll_s=3600.0) as (pilot, screen):
        session = await at_titled(pilot, screen, "Renew the wildcard certificate")
        await screen.reporter.report(screen.reporter.acts.delete([session]))
        assert session not in screen.library.entries
        (entry,) = demo_store.trash.entries()
        await screen.reporter.report(screen.reporter.acts.restore([entry]))
        assert session in screen.library.entries
        await pilot.press("u")
        await until(pilot, lambda: session not in screen.library.entries)
        await pilot.press("U")
        await until(pilot, lambda: session in screen.library.entries)


async def test_what_is_done_here_is_not_taken_for_oxios_at_work(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, screen):
        entries, reading = screen.library.entries, screen.timeline.session_id
        others = [i for i in entries if i != reading]
        session = min(others, key=lambda i: entries[i].summary.updated_at.ns)
        home = entries[session].summary.project_id
        homes = [p.project_id for p in screen.library.projects if p.project_id != home]
        for project_id in homes[:2]:
            screen.sidebar.post_message(SessionsDropped((session,), project_id))
            await until(pilot, lambda at=project_id: entries[session].summary.project_id == at)
            await until(pilot, lambda: toasts(screen).startswith("Moved 1 session"))
        assert "Moved while in use" not in toasts(screen)
        screen.sidebar.post_message(TrashRequested((session,)))  # if it is in use, that is asked
        await until(pilot, lambda: session not in entries)
        await pilot.press("u")
        await until(pilot, lambda: session in entries)
    assert unseen_after(demo_store) == []


async def test_oxios_at_work_is_said_of_what_was_moved_and_asked_about_before_the_trash(
    demo_store: StateStore,
) -> None:
    async with opened(demo_store) as (pilot, screen):
        entries = screen.library.entries
        session = min(entries, key=lambda i: entries[i].summary.updated_at.ns)
        turn(demo_store, session, updated_at=Timestamp.now().text)
        await until(pilot, lambda: time.time_ns() - entries[session].summary.updated_at.ns < 10**11)
        home = entries[session].summary.project_id
        other = next(p.project_id for p in screen.library.projects if p.project_id != home)
        for said in ("Moved 1 session", "Nothing to do: it was so already"):
            screen.sidebar.post_message(SessionsDropped((session,), other))
            await until(pilot, lambda text=said: text in toasts(screen))
        await until(pilot, lambda: "Oxios is using 1 of them" in toasts(screen))
        assert toasts(screen).count("Moved while in use") == 1
        screen.sidebar.post_message(TrashRequested((session,)))
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await until(pilot, lambda: "1 of them just had a turn in Oxios" in shown_by(pilot.app))


async def test_what_others_do_is_news_also_on_top_of_what_is_done_here(
    demo_store: StateStore,
) -> None:
    async with opened(demo_store) as (pilot, screen):
        entries, reading = screen.library.entries, screen.timeline.session_id
        pinned, written = [i for i in entries if i != reading][:2]
        await screen.reporter.report(screen.reporter.acts.pin([pinned, written], pinned=True))
        turns = entries[written].summary.message_count
        turn(demo_store, written)
        await until(pilot, lambda: entries[written].summary.message_count == turns + 1)
    assert unseen_after(demo_store) == [written]


async def test_what_others_delete_is_not_new_in_the_next_run(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, screen):
        entries, reading = screen.library.entries, screen.timeline.session_id
        stays, goes = [i for i in entries if i != reading][:2]
        for session in (stays, goes):
            turns = entries[session].summary.message_count
            turn(demo_store, session)
            await until(pilot, lambda i=session, n=turns: entries[i].summary.message_count == n + 1)
        demo_store.session_path(goes).unlink()
        await until(pilot, lambda: goes not in entries)
    assert unseen_after(demo_store) == [stays]


def unseen_after(store: StateStore) -> list[str]:
    """The sessions that the next run marks as unseen."""
    return json.loads((state_folder(store.base_path) / "screen.json").read_text())["fresh"][
        "unseen"
    ]


async def test_the_trash_shows_titles_and_reads_none_of_them_twice(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, screen):
        chosen = [e for e in screen.library.entries.values() if e.summary.title][:3]
        titles = [(entry.summary.title or "")[:20] for entry in chosen]
        doing = screen.reporter.acts.delete([entry.session_id for entry in chosen])
        await screen.reporter.report(doing)
        await pilot.press("H")
        await until(pilot, lambda: all(title in shown_by(pilot.app) for title in titles))
        for entry in demo_store.trash.entries():
            demo_store.trash.path_of(entry).write_text("{}")
        await pilot.press("tab", "r")
        await until(pilot, lambda: "2 files" in shown_by(pilot.app))
        await until(pilot, lambda: all(title in shown_by(pilot.app) for title in titles[:2]))


async def test_what_goes_to_the_trash_while_that_is_shown_has_its_title(
    demo_store: StateStore,
) -> None:
    async with opened(demo_store) as (pilot, screen):
        session = await at_titled(pilot, screen, "Renew the wildcard certificate")
        await screen.reporter.report(screen.reporter.acts.delete([session]))
        await screen.reporter.report(screen.reporter.acts.undo(), is_undo=True)
        await pilot.press("H")
        await until(pilot, lambda: "The trash is empty" in shown_by(pilot.app))
        await pilot.press("U")
        await until(pilot, lambda: "1 file" in shown_by(pilot.app))
        await until(pilot, lambda: "nowRenew the wild" in shown_by(pilot.app))


async def test_the_key_that_is_named_is_the_one_that_helps(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, screen):
        session = await at_titled(pilot, screen, "Retry the failed cron jobs")

        async def says(text: str) -> None:
            await until(pilot, lambda: toasts(screen).endswith(text))
            screen.app.clear_notifications()
            await until(pilot, lambda: not toasts(screen))

        await screen.reporter.report(screen.reporter.acts.rename(session, "Another title"))
        await says("to “Another title”. u undoes.")
        await screen.reporter.report(screen.reporter.acts.rename(session, "Another title"))
        await says("Nothing to do: it was so already.")  # u would undo what was done before
        await screen.reporter.report(screen.reporter.acts.rename(session, ""))
        await says("Cleared the title of 1 session. u undoes.")
        await pilot.press("u")
        await says("Undone: Cleared the title of 1 session. U does it again.")
        await pilot.press("U")
        await says("Redone: Cleared the title of 1 session. u undoes.")


async def test_an_undo_that_could_not_be_says_what_the_next_one_does(
    demo_store: StateStore,
) -> None:
    async with opened(demo_store) as (pilot, screen):
        session = await at_titled(pilot, screen, "Retry the failed cron jobs")
        await screen.reporter.report(screen.reporter.acts.rename(session, "One"))
        await screen.reporter.report(screen.reporter.acts.rename(session, "Two"))
        path = demo_store.session_path(session)
        path.write_bytes(path.read_bytes().replace(b"Two", b"Three"))
        await until(pilot, lambda: screen.library.entry(session).summary.title == "Three")
        screen.app.clear_notifications()
        await pilot.press("u")
        await until(pilot, lambda: "“Three”: sessions/" in toasts(screen))
        assert "u now undoes: Renamed 1 session to “One”" in toasts(screen)


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        ("journal.jsonl", "there is a folder, none of oxtui's"),
        ("trash", "can't be listed: trash"),
    ],
)
async def test_a_history_that_cannot_be_read_is_said_and_the_rest_of_it_is_shown(
    demo_store: StateStore, broken: str, why: str
) -> None:
    async with opened(demo_store, size=(80, 40)) as (pilot, screen):
        first, second = list(screen.library.entries)[:2]
        await screen.reporter.report(screen.reporter.acts.delete([first, second]))
        path = demo_store.base_path / ".oxtui" / broken
        whole = path.rename(path.with_suffix(".aside"))
        path.mkdir() if whole.is_file() else path.write_text("")
        await pilot.press("H")
        await until(pilot, lambda: isinstance(pilot.app.screen, HistoryScreen))
        await until(pilot, lambda: why in " ".join(shown_by(pilot.app).replace("│", " ").split()))
        await until(pilot, lambda: ("2 files" in shown_by(pilot.app)) is (broken != "trash"))
        await until(pilot, lambda: ("1 act" in shown_by(pilot.app)) is (broken == "trash"))
        await pilot.press("u")  # and what then can't be done is said too
        await until(
            pilot,
            lambda: any(
                "can't be read" in str(t.render()) for t in pilot.app.screen.query("Toast")
            ),
        )
        assert isinstance(pilot.app.screen, HistoryScreen)


async def test_a_long_title_makes_no_high_toast(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, screen):
        session = await at_titled(pilot, screen, "Renew the wildcard certificate")
        await screen.reporter.report(screen.reporter.acts.rename(session, "x" * 400))
        await until(pilot, lambda: "xx…" in toasts(screen))
        assert len(toasts(screen)) < 120


async def test_what_goes_to_the_trash_is_named_and_what_is_out_of_sight_is_counted(
    demo_store: StateStore,
) -> None:
    async with opened(demo_store) as (pilot, screen):
        await at_titled(pilot, screen, "Retry the failed cron jobs")
        await pilot.press("a")
        chosen = len(screen.sidebar.acting_on)
        assert chosen > 4
        await pilot.press("slash", *"retry the failed", "enter", "d")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        said = " ".join(shown_by(pilot.app).split())
        assert f"{chosen} sessions, “" in said
        assert f"{chosen - 3} more" in said
        assert f"{chosen - 1} of them you don't see" in said


async def test_what_was_said_of_the_act_before_goes_but_no_warning(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, screen):
        await at_titled(pilot, screen, "Retry the failed cron jobs")
        await pilot.press("p")
        await until(pilot, lambda: "Pinned 1 session." in toasts(screen))
        await pilot.press("u")
        await until(pilot, lambda: "Undone: Pinned" in toasts(screen))
        assert "u undoes" not in toasts(screen)
        screen.reporter.notify("Look here.", severity="warning")
        await pilot.press("U")
        await until(pilot, lambda: "Redone: Pinned" in toasts(screen))
        assert "Look here." in toasts(screen)


async def test_the_footer_shows_no_key_that_would_be_typed(demo_store: StateStore) -> None:
    async with opened(demo_store) as (pilot, _):
        await until(pilot, lambda: "/ Search" in shown_by(pilot.app))
        await pilot.press("slash")
        await until(pilot, lambda: "To what was found" in shown_by(pilot.app))
        assert "/ Search" not in shown_by(pilot.app)
        await pilot.press("escape")
        await until(pilot, lambda: "/ Search" in shown_by(pilot.app))


async def test_the_footer_shows_no_keys_that_a_dialog_does_not_take(
    demo_store: StateStore,
) -> None:
    async with opened(demo_store) as (pilot, screen):
        await until(pilot, lambda: "Help" in shown_by(pilot.app))
        await pilot.press("P")
        await until(pilot, lambda: "Cancel" in shown_by(pilot.app))
        await until(pilot, lambda: "Help" not in shown_by(pilot.app))
        await pilot.press("escape")
        await until(pilot, lambda: pilot.app.screen is screen and "Help" in shown_by(pilot.app))


async def test_the_trash_is_emptied_from_the_history_after_a_question(
    demo_store: StateStore,
) -> None:
    async with opened(demo_store) as (pilot, screen):
        await at_titled(pilot, screen, "Renew the wildcard certificate")
        await pilot.press("d")
        await until(pilot, lambda: len(demo_store.trash.entries()) == 1)
        await pilot.press("H")
        await until(pilot, lambda: isinstance(pilot.app.screen, HistoryScreen))
        await pilot.press("E")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("E", "enter")  # neither the key that asked nor the first button
        await until(pilot, lambda: isinstance(pilot.app.screen, HistoryScreen))
        assert len(demo_store.trash.entries()) == 1
        await pilot.press("E")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("tab", "enter")
        await until(pilot, lambda: not demo_store.trash.entries())
        shown = pilot.app.screen
        await until(pilot, lambda: "1 file destroyed for good." in shown_by(pilot.app))
        assert isinstance(shown, HistoryScreen)


async def test_what_was_made_elsewhere_is_undone_only_when_it_was_agreed_to(
    demo_store: StateStore,
) -> None:
    async with opened(demo_store) as (pilot, screen):
        session = await at_titled(pilot, screen, "Renew the wildcard certificate")
        await screen.reporter.report(screen.reporter.acts.rename(session, "Forged"))
        journal = demo_store.base_path / ".oxtui/journal.jsonl"
        journal.write_text(re.sub(',"proof":"[0-9a-f]+"', "", journal.read_text()))
        after = demo_store.session_path(session).read_bytes()
        await pilot.press("u")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await until(pilot, lambda: "becomes null" in shown_by(pilot.app))
        await pilot.press("escape")
        await until(pilot, lambda: "stays as it is" in toasts(screen))
        assert demo_store.session_path(session).read_bytes() == after
        await pilot.press("u")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        await pilot.press("tab", "enter")
        await until(pilot, lambda: "Undone: Renamed 1 session" in toasts(screen))
        assert demo_store.session_path(session).read_bytes() != after
