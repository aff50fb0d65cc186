"""What a key waits for, and what it does not."""

import asyncio
from typing import ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Button

from oxtui.ui.typeahead import READING, REQUESTS, TypeAhead
from tests.ui.conftest import until


class Plain(Screen[None]):
    pass


class Slow(Screen[None]):
    async def on_unmount(self) -> None:
        await asyncio.sleep(0.05)  # long enough for a key that waits to look several times


class Planning(Screen[None]):
    """Begins something of its own when it comes up."""

    def __init__(self, planned: asyncio.Event) -> None:
        super().__init__()
        self._planned = planned

    def on_mount(self) -> None:
        self.run_worker(self._planned.wait, group="prune-plan")


class Asked(Screen[None]):
    """Counts how often it is asked what a key waits for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def compose(self) -> ComposeResult:
        yield Button("one")

    def await_for(self, event: events.Event) -> frozenset[str]:
        assert isinstance(event, events.Key)
        self.asked.append(event.key)
        return READING


class Host(TypeAhead):
    MODES: ClassVar[dict[str, type[Screen[None]]]] = {"one": Plain, "two": Slow}  # pyright: ignore[reportIncompatibleVariableOverride] - Textual's own names screens in more ways
    DEFAULT_MODE = "one"

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []
        self.done = asyncio.Event()

    def on_key(self, event: events.Key) -> None:
        self.heard.append(event.key)

    @work(group="requests")
    async def ask(self) -> None:
        await self.done.wait()


async def test_a_key_waits_for_what_a_screen_began_when_it_came_up() -> None:
    app = Host()
    async with app.run_test() as pilot:
        planned = asyncio.Event()
        await app.push_screen(Planning(planned))
        app.post_message(events.Key("a", "a"))
        await pilot.pause(0.1)
        assert app.heard == []
        planned.set()
        await until(pilot, lambda: app.heard == ["a"])


async def test_a_key_does_not_wait_for_what_waits_for_the_screen_that_it_goes_to() -> None:
    app = Host()
    async with app.run_test() as pilot:
        app.ask()
        await app.push_screen(Plain())
        await pilot.press("a")
        assert app.heard == ["a"]
        assert any(worker.group in REQUESTS for worker in app.workers)
        app.done.set()


async def test_a_screen_is_asked_once_for_each_key() -> None:
    app = Host()
    async with app.run_test() as pilot:
        screen = Asked()
        await app.push_screen(screen)
        await pilot.press("a")
        app.ask()
        app.post_message(events.Key("b", "b"))
        await pilot.pause(0.1)
        assert (app.heard, screen.asked) == (["a"], ["a", "b"])
        app.done.set()
        await until(pilot, lambda: app.heard == ["a", "b"])
        assert screen.asked == ["a", "b"]


async def test_a_key_that_waits_when_the_application_is_left_is_let_go() -> None:
    app = Host()
    async with app.run_test() as pilot:
        await app.switch_mode("two")
        await app.switch_mode("one")
        await pilot.press("a")
        app.ask()
        app.post_message(events.Key("b", "b"))
        await pilot.pause(0.05)
    assert app.heard == ["a"]  # and nothing was raised
