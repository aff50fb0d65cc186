"""What the commands print is right however much it is."""

import pytest

from oxtui.cli.output import emit_json, emit_json_list


@pytest.mark.parametrize("count", [0, 1, 999, 1_000, 1_001, 2_000])
def test_a_list_of_thousands_is_one_array(
    count: int, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    values = [{"title": f"세션 {number}", "of": [number, "\x9b[2J"]} for number in range(count)]
    emit_json(values)
    whole = capsysbinary.readouterr().out
    emit_json_list(iter(values))
    assert capsysbinary.readouterr().out == whole
