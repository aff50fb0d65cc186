"""The line that every dialog and the search are typed into."""

import pytest
from textual.keys import key_to_character

from oxtui.ui.safe_input import SafeInput


@pytest.mark.parametrize("key", ["a", "colon", "slash", "backslash", "at", "minus", "underscore"])
def test_what_can_be_typed_is_no_key_of_anything_else(key: str) -> None:
    assert SafeInput().check_consume_key(key, key_to_character(key))


@pytest.mark.parametrize("key", ["enter", "escape", "tab", "up", "f1", "ctrl+p"])
def test_what_can_not_be_typed_is_left_to_others(key: str) -> None:
    assert not SafeInput().check_consume_key(key, key_to_character(key))
