"""Keys that the user chose, as they work in the application."""

from pathlib import Path

import pytest

from oxtui.locations import settings_path
from oxtui.store.state_store import StateStore
from tests.hostile import harm
from tests.ui.conftest import until
from tests.ui.test_main import opened, toasts


def write_settings(content: str) -> Path:
    path = settings_path()
    path.parent.mkdir(parents=True)
    path.write_text(content)
    return path


@pytest.mark.parametrize(
    "content",
    [
        '[keys]\n"\\u001b]52;c;QQ==\\u0007\\u009b2J\\u202e" = "x"\n',
        '[keys]\n"app.prune" = \x1b]52;c;QQ==\x07\n',
    ],
)
async def test_what_is_wrong_with_the_settings_is_said_as_text(
    content: str, demo_store: StateStore
) -> None:
    write_settings(content)
    async with opened(demo_store) as (pilot, screen):
        await until(pilot, lambda: toasts(screen))
        assert not harm(toasts(screen))
