"""What the commands print is right however much it is."""

import json

import pytest

from oxtui.cli.output import emit_json, emit_json_list, safe_json
from oxtui.sanitize import UNSAFE


@pytest.mark.parametrize("count", [0, 1, 999, 1_000, 1_001, 2_000])
def test_a_list_of_thousands_is_one_array(
    count: int, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    values = [{"title": f"세션 {number}", "of": [number, "\x9b[2J"]} for number in range(count)]
    emit_json(values)
    whole = capsysbinary.readouterr().out
    emit_json_list(iter(values))
    assert capsysbinary.readouterr().out == whole


def test_json_means_the_same_and_holds_nothing_that_is_not_seen() -> None:
    text = " ".join(map(chr, sorted(UNSAFE))) + "\u200c\u200d"
    safe = safe_json(json.dumps(text, ensure_ascii=False))
    assert safe.isascii()
    assert safe.isprintable()
    assert json.loads(safe) == text
