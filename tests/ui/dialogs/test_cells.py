from rich.cells import cell_len

from oxtui.glyphs import ASCII, UNICODE
from oxtui.ui.dialogs.cells import Cell, fitted


def text_of(cells: list[Cell], width: int) -> str:
    return "".join(text for text, _ in fitted(cells, width, UNICODE))


def test_one_column_takes_what_the_others_leave() -> None:
    cells = [Cell("title", gap=0), Cell("3d", width=4, right=True), Cell("x", width=2, gap=1)]
    assert text_of(cells, 20) == "title          3d x "


def test_what_is_too_long_is_cut_where_cells_allow_it() -> None:
    cells = [Cell("한국어 제목", gap=0), Cell("31 KB", width=5)]
    assert text_of(cells, 13) == "한국…   31 KB"
    for width in range(7, 40):
        assert cell_len(text_of(cells, width)) == width


def test_what_is_said_in_ascii_is_quoted_in_ascii() -> None:
    assert fitted([Cell("New “x”", gap=0)], 7, ASCII) == [('New "x"', "")]
