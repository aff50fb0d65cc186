"""Sentences about what has a long name stay short."""

import pytest

from oxtui.quoting import shortened


@pytest.mark.parametrize(
    ("sentence", "short"),
    [
        ("Moved “a”.", "Moved “a”."),
        (f"Moved “{'x' * 99}” to “b”.", f"Moved “{'x' * 47}…” to “b”."),
        ("a" * 300, "a" * 199 + "…"),
        (f"Moved “a {'“x' * 99}", f"Moved “{'a ' + '“x' * 22}“…"),
    ],
)
def test_what_is_quoted_is_cut_first(sentence: str, short: str) -> None:
    assert shortened(sentence) == short


@pytest.mark.timeout(30)
def test_a_name_of_quotes_holds_nothing_up() -> None:
    assert len(shortened("“" * 1_000_000)) <= 200
