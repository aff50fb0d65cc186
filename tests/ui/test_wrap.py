import pytest
from rich.cells import cell_len

from oxtui.replay.limits import PART_CHARS
from oxtui.ui.wrap import first_part, fit, parts, spans, wrap

TEXTS = [
    "a plain line that is cut at its spaces and nowhere else",
    "세션 저장소를 정리해 줘. 오래된 세션은 보관하고",
    "日本語のテキストも正しく折り返されます。長い行は幅を超えない",
    "👩‍👩‍👧‍👦 family 🚀 rocket ⚠️ sign",
    "x" * 300,
    "e\u0301" * 80,
    "   indented\n\n\nlines",
    "trailing   " * 9,
    "\u200d\ufe0f",
]


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("width", [2, 3, 7, 10, 11, 40, 200])
def test_no_line_is_wider_and_nothing_but_spaces_is_lost(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cell_len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "").replace("\n", "")


def test_words_stay_whole_where_they_can() -> None:
    assert wrap("one two three", 8) == ["one two", "three"]
    assert wrap("세션 목록을 다시", 9) == ["세션", "목록을", "다시"]
    assert wrap("長い行は幅を", 9) == ["長い行は", "幅を"]


def test_characters_that_are_counted_by_their_kind_are_as_wide_as_that() -> None:
    for code in range(0x20, 0x1F700):
        line = chr(code)
        assert all(cell_len((line * 4)[a:b]) <= 5 for a, b in spans(line * 4, 5))


@pytest.mark.parametrize("text", [*TEXTS, "👩\u200d" * 20 + "0]52;c;SE9TVElMRQ==", "\u200d👩한 0"])
@pytest.mark.parametrize("width", [0, 1, 2, 5, 20, 500])
@pytest.mark.parametrize("keep_end", [False, True])
def test_fit_is_never_wider(text: str, width: int, *, keep_end: bool) -> None:
    assert cell_len(fit(text, width, "…", keep_end=keep_end)) <= width


def test_fit_keeps_the_telling_end() -> None:
    assert fit("src/very/long/way/to/cron.rs", 12, "…") == "src/very/lo…"
    assert fit("src/very/long/way/to/cron.rs", 12, "…", keep_end=True) == "…/to/cron.rs"


@pytest.mark.parametrize("text", ["", "short", "w " * 60_000, "x" * 100_000, "\n" * 40_000])
def test_parts_cover_a_text_in_bounded_pieces(text: str) -> None:
    found = parts(text)
    assert "".join(text[part.start : part.end] for part in found) == text
    assert found[0][:2] == first_part(text)[:2]
    assert all(part.end - part.start <= 2 * PART_CHARS for part in found)


def test_a_code_block_goes_on_in_the_next_part() -> None:
    text = "```python\n" + "x = 1\n" * 5_000 + "```\n" + "prose\n\n" * 4_000
    found = parts(text)
    assert found[0].fence == ""
    assert found[1].fence == "```python"
    assert found[-1].fence == ""
