"""Widths of texts, held against the library that the application measures with."""

import pytest
import rich.cells

from oxtui.cli.cells import cell_len, cut, padded

TEXTS = [
    "plain", "", "한국어 문서", "昨夜のエラーログ", "\uff57\uff49\uff44\uff45 ﾊﾝｶｸ", "🚀🎉 Launch",
    "é combined e\u0301", "…·▸", "\U0001f468\u200d\U0001f469\u200d\U0001f467 family", "👍🏽 yes",
    "✔\ufe0f done", "❤\ufe0f", "🇰🇷 flag", "ไทย", "हिन्दी", "Ünïcödé", "\u1112\u1161\u11ab",
]  # fmt: skip


@pytest.mark.parametrize("text", TEXTS)
def test_counts_cells_as_the_application_does(text: str) -> None:
    assert cell_len(text) == rich.cells.cell_len(text)


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("width", range(12))
def test_a_cut_text_fits_and_says_that_it_was_cut(text: str, width: int) -> None:
    short = cut(text, width)
    assert cell_len(short) <= width
    assert short == text or short.endswith("…") or not width
    assert text.startswith(short.removesuffix("…"))


def test_pads_to_cells_not_characters() -> None:
    assert padded("한국", 6) == "한국  "
    assert padded("7", 3, right=True) == "  7"
