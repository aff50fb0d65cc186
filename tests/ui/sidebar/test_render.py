import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from rich.cells import cell_len
from rich.style import Style

from oxtui.glyphs import ASCII, UNICODE, Glyphs
from oxtui.store.models import SessionId
from oxtui.ui.sidebar.groups import GroupKind
from oxtui.ui.sidebar.render import GhostRow, Line, NoteRow, strip_of
from oxtui.ui.sidebar.rows import HeaderRow, RowKey, SessionRow
from tests.hostile import TEXTS, harm

UUID = "3f2a91c0-1111-4222-8333-444455556666"
HEADER = HeaderRow(RowKey("project:a"), GroupKind.PROJECT, "a", "api", "🔧", 12, is_open=True)
SESSION = SessionRow(
    RowKey("project:a", SessionId(UUID)), SessionId(UUID), "Retry the failed jobs", 0, 1, 14
)


def style(*names: str) -> Style:
    return Style(meta={"names": ",".join(names)})


def text(line: Line, width: int = 31, glyphs: Glyphs = UNICODE) -> str:
    strip = strip_of(line, width, glyphs, style)
    shown = "".join(segment.text for segment in strip)
    assert strip.cell_length == width
    assert sum(cell_len(character) for character in shown) == width
    return shown


def names(line: Line, part: str) -> str:
    """The component classes under the segment that holds `part`."""
    for segment in strip_of(line, 31, UNICODE, style):
        if part in segment.text and segment.style is not None:
            return str(segment.style.meta["names"])
    raise AssertionError(part)


def test_a_header() -> None:
    assert text(Line(HEADER)) == " ▾ 🔧 api                   12 "
    assert text(Line(replace(HEADER, is_open=False, icon=""))) == " ▸ api                      12 "
    assert text(Line(HEADER), glyphs=ASCII) == " v api                      12 "


@pytest.mark.parametrize("icon", ["⚙️", "👨‍👩‍👧", "🇰🇷", "ab", "é", "\x1b[2J", "", "세"])
def test_an_icon_takes_three_cells_or_none(icon: str) -> None:
    shown = text(Line(replace(HEADER, icon=icon)))
    assert cell_len(shown[: shown.index("api")]) in (3, 6)


def test_an_unknown_project() -> None:
    row = replace(HEADER, kind=GroupKind.UNKNOWN, name=UUID, icon="", count=2, is_open=False)
    assert text(Line(row)) == " ▸ Unknown project 3f2a…     2 "
    assert text(Line(row), glyphs=ASCII).isascii()


def test_a_session() -> None:
    assert text(Line(SESSION, live=True, age="2m")) == "   ● Retry the failed jobs  2m "
    assert text(Line(SESSION, age="51w"), 26) == "     Retry the faile… 51w "
    wide = text(Line(SESSION, age="3h"), 50)
    assert wide.split() == ["Retry", "the", "failed", "jobs", "14", "3h"]


def test_marks() -> None:
    row = replace(SESSION, pinned=True)
    assert text(Line(row, selected=True, unseen=True)).startswith(" ■◆• Retry")
    assert text(Line(replace(row, broken=True), live=True)).startswith("  ◆! Retry")
    assert text(Line(row, selected=True, live=True), glyphs=ASCII).startswith(" #^* Retry")
    failed = replace(row, failed=True)
    assert text(Line(failed, unseen=True)).startswith("  ◆✗ Retry")
    assert text(Line(failed, live=True)).startswith("  ◆● Retry")


def test_children_are_indented() -> None:
    assert text(Line(replace(SESSION, depth=1))).startswith("     └ Retry")
    assert text(Line(replace(SESSION, depth=2)), 40).startswith("       └ Retry")
    assert "Retry" in text(Line(replace(SESSION, depth=7)), 25)


def test_in_the_list_of_all_a_session_shows_its_project() -> None:
    row = replace(SESSION, filed=HEADER)
    assert text(Line(row, age="3h")) == "     🔧 Retry the failed…   3h "
    assert "Retry" in text(Line(row), glyphs=ASCII)
    unfiled = replace(HEADER, kind=GroupKind.UNFILED, project_id=None, name="Unfiled", icon="")
    assert text(Line(replace(row, filed=unfiled))).startswith("        Retry")
    wide = " Retry the failed jobs     {:<16}   14  3h "
    assert text(Line(row, age="3h"), 60) == "     🔧" + wide.format("api")
    assert text(Line(replace(row, filed=unfiled), age="3h"), 60) == "       " + wide.format("")
    lost = replace(HEADER, kind=GroupKind.UNKNOWN, project_id=UUID, name=UUID, icon="")
    assert "Unknown project…" in text(Line(replace(row, filed=lost), age="3h"), 60)
    korean = replace(HEADER, name="한국어 문서 모음 하나 둘")
    assert "한국어 문서 모…" in text(Line(replace(row, filed=korean), age="3h"), 60)


@pytest.mark.parametrize("title", [None, "", "  ", "\u200b"])
def test_without_a_title(title: str | None) -> None:
    line = Line(replace(SESSION, title=title))
    assert text(line).strip() == "(untitled) 3f2a91c0…"
    assert "sidebar--age" in names(line, "untitled")


def test_korean_is_cut_at_a_whole_character() -> None:
    for width in range(20, 40):
        assert "…" in text(Line(replace(SESSION, title="한글제목이아주길어요" * 3)), width)


def test_an_unreadable_file_tells_why() -> None:
    row = replace(SESSION, title=None, updated_ns=None, broken=True, reason="not JSON: line 3")
    assert text(Line(row), 40).rstrip() == "   ! 3f2a91c0…  not JSON: line 3"
    assert "not" in text(Line(replace(row, session_id=SessionId("a long name " * 9))), 31)


def test_what_matches_is_marked() -> None:
    line = Line(SESSION, needle="FAILED")
    assert "sidebar--match" in names(line, "failed")
    assert "sidebar--match" not in names(line, "jobs")
    assert text(line).strip() == "Retry the failed jobs"
    assert text(Line(HEADER, needle="(")).strip().endswith("12")


def test_a_match_that_would_be_cut_off_is_brought_into_sight() -> None:
    row = replace(SESSION, title="Why did the nightly backup of the archive fail?")
    line = Line(row, needle="archive", age="2m")
    assert text(line) == "     …of the archive fail?  2m "
    assert "sidebar--match" in names(line, "archive")
    assert text(Line(row, needle="did the", age="2m")).startswith("     Why did the")
    long = replace(row, title=f"{row.title} And why was nobody told of it?")
    assert text(Line(long, needle="archive", age="2m")) == "     …the archive fail? A…  2m "
    assert text(Line(row, needle="nothing", age="2m")).startswith("     Why did the")


def test_the_cursor_covers_the_line() -> None:
    strip = strip_of(Line(SESSION, cursor=True, live=True, age="2m"), 31, UNICODE, style)
    assert len(list(strip)) == 1


def test_ghosts_and_notes() -> None:
    assert text(Line(GhostRow("Retry the failed jobs"))).startswith("   ┆ Retry the failed jobs")
    assert text(Line(GhostRow(more=9))).strip() == "┆ + 9 more"
    assert text(Line(NoteRow("No sessions yet."))).strip() == "No sessions yet."


@pytest.mark.parametrize("hostile", TEXTS.values(), ids=TEXTS)
def test_hostile_text(hostile: str) -> None:
    session = replace(SESSION, title=hostile, session_id=SessionId(hostile))
    lines = [
        Line(session, age="1d"),
        Line(replace(session, title=None, updated_ns=None, reason=hostile), needle=hostile[:99]),
        Line(replace(HEADER, name=hostile, icon=hostile)),
        Line(replace(HEADER, name=hostile, kind=GroupKind.UNKNOWN)),
        Line(GhostRow(hostile)),
    ]
    for line in lines:
        for width in (1, 2, 8, 18, 31, 78):
            shown = text(line, width)
            assert not harm(shown, "")
            assert not set(shown) & set("\u200d\ufe0f")


@settings(max_examples=150, deadline=None)
@given(
    st.builds(
        SessionRow,
        st.just(SESSION.key),
        st.text(max_size=40).map(SessionId),
        st.one_of(st.none(), st.text(max_size=80)),
        st.integers(0, 9),
        st.one_of(st.none(), st.integers(-(10**19), 10**19)),
        st.integers(0, 10**19),
        st.booleans(),
        st.booleans(),
        st.one_of(st.just(""), st.text(max_size=40)),
    ),
    st.booleans(),
    st.booleans(),
    st.text(max_size=3),
    st.integers(1, 90),
)
def test_any_session_takes_exactly_the_width(
    row: SessionRow, cursor: bool, selected: bool, needle: str, width: int
) -> None:
    text(Line(row, cursor=cursor, selected=selected, age="12h", needle=needle), width)
