import json
from datetime import UTC, timedelta, timezone
from itertools import pairwise

import pytest
from rich.style import Style
from textual.strip import Strip

from oxtui.glyphs import ASCII, UNICODE, Glyphs
from oxtui.replay.turns import Turn, turns
from oxtui.ui.timeline.blocks import Detail, Kind, View, blocks
from oxtui.ui.timeline.palette import Palette
from oxtui.ui.timeline.render import Pen, height, render
from tests import hostile
from tests.replay.sessions import answer, message, only, session, step

BOMBS = [text[:3_000] for text in hostile.MARKDOWN.values()]
MARKDOWN = """# Head of a *document* that is longer than what fits on one line of it

A paragraph with `code`, **strong** and 세션 목록 in it,
[a link](https://a.b/c) after a break, and a word_that_is_longer_than_any_line_could_ever_be.

- one
- two that is long enough to be wrapped somewhere
  1. inner
  2. another

     with a second paragraph
-

> a quote with *emphasis* that goes on for a while
>
> - and a list

---

```python
def retry(n: int) -> int:  # 日本語のテキストも正しく折り返されます。

    return n * 2
```

| a | b |
|---|--:|
| **1** | 2 that is longer than the other |

    indented code
"""


def drawn(
    turn: Turn, width: int, glyphs: Glyphs = UNICODE, view: View | None = None
) -> list[Strip]:
    pen = Pen(width, Palette(), glyphs, UTC)
    view = view or View(width, Detail.EVERYTHING)
    return [strip for block in blocks(turn, view) for strip in render(turn, block, pen)]


def text(turn: Turn, width: int = 80, glyphs: Glyphs = UNICODE, view: View | None = None) -> str:
    strips = drawn(turn, width, glyphs, view or View(width))
    return "\n".join(strip.text.rstrip() for strip in strips)


def test_markup_is_shown_as_it_is() -> None:
    turn = only("[/x] [@click=app.quit]x[/] [bold", "[bold]not[/bold] <b>bold</b>")
    assert "[/x] [@click=app.quit]x[/] [bold" in text(turn)
    assert "[bold]not[/bold] <b>bold</b>" in text(turn)


def test_a_link_says_where_it_leads_and_an_image_what_it_shows() -> None:
    shown = text(only("q", "[docs](https://a.b/c) <https://d.e> ![a chart](http://f/g.png)"))
    assert "docs (https://a.b/c)" in shown
    assert shown.count("https://d.e") == 1
    assert "a chart" in shown
    assert "f/g.png" not in shown


def test_markdown_is_drawn() -> None:
    shown = text(only("q", "# Head\n\n1. one\n2. **two**\n\n| a | b |\n|---|---|\n| 1 | 2 |"))
    assert "#" not in shown
    assert "**" not in shown
    assert "1. one" in shown
    assert "a  b" in shown


def test_a_call_is_one_row() -> None:
    turn = only(
        "q",
        "a",
        step("read", json.dumps({"path": "cron/jobs.json"}), "ok", 41),
        step("bash", json.dumps({"command": "oxios cron run nightly"}), "Error: locked", 8_200),
        step("edit", {"path": "a", "old_string": "x", "new_string": "y\nz"}, "ok", 640),
    )
    shown = text(turn, 60)
    rows = [line.strip() for line in shown.splitlines()]
    assert rows[3].startswith("✓ read  cron/jobs.json")
    assert rows[3].endswith("41 ms")
    assert rows[4].startswith("? bash  oxios cron run nigh")
    assert rows[4].endswith("██████▌     8.2 s")
    assert "+2 \N{MINUS SIGN}1" in rows[5]
    assert "bar 10 s" in rows[0]


def test_numbers_are_flush_right() -> None:
    turn = only("q", "a", step(ms=1), step(ms=99_000), step(ms=7_200_000))
    rows = [s for s in drawn(turn, 70, view=View(70)) if "read" in s.text]
    assert {row.cell_length for row in rows} == {70}
    assert all(row.text[-1] != " " for row in rows)


def test_an_opened_call_shows_arguments_and_output() -> None:
    cut = '{"path": "a.md", "content": "first\\nsecond, cut he'
    shown = text(
        only("q", "a", step("write", cut, "Error: disk full")), view=View(80, Detail.EVERYTHING)
    )
    assert "path: a.md" in shown
    assert "      first\n      second, cut he" in shown
    assert "cut these arguments off" in shown
    assert "suspected failure" in shown
    assert "Error: disk full" in shown


def test_outcomes_are_said() -> None:
    assert "Cancelled" in text(only("q", ""))
    assert "⚠️ broke" in text(only("q", "⚠️ broke"))
    assert "No answer yet" in text(only("q", None))


def test_the_rule_says_how_long_until_the_next_turn() -> None:
    made = turns(
        session([message("a", 0), message("b", 10_802)], [answer("A", 1), answer("B", 10_803)])
    )
    assert "··· 3 h ···" in text(made[0])
    close = turns(session([message("a", 0), message("b", 1.5)], [answer("A", 1), answer("B", 2)]))
    assert "···" in text(close[0])
    assert " s ···" not in text(close[0])


def test_the_date_is_told_when_the_day_changes() -> None:
    made = turns(session([message("a", 0), message("b", 60), message("c", 46_800)]))
    assert "2026-06-20 10:00" in text(made[0])
    assert "10:01" in text(made[1])
    assert "2026-" not in text(made[1])
    pen = Pen(60, Palette(), UNICODE, timezone(timedelta(hours=9)))
    header = render(made[2], blocks(made[2], View(60))[0], pen)[1].text
    assert header.rstrip().endswith("2026-06-21 08:00")
    assert text(made[2]).splitlines()[1].endswith(" 23:00")


def test_ascii_marks_need_no_more_than_ascii() -> None:
    content = "- a\n\n> quote\n\n---\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```"
    turn = only("q", content, step(ms=100), step(output="Error: x", ms=3))
    for detail in Detail:
        assert text(turn, 60, ASCII, View(60, detail)).isascii()


def test_bars_of_a_waterfall_begin_where_the_last_ended() -> None:
    turn = only("q", "a", step(ms=500), step(ms=500))
    pen = Pen(60, Palette(), UNICODE, UTC, waterfall=True)
    rows = [
        render(turn, block, pen)[-1].text
        for block in blocks(turn, View(60))
        if block.block_id.kind is Kind.CALL
    ]
    assert rows[0].index("█") + 4 == rows[1].index("█")


@pytest.mark.parametrize("content", [*BOMBS, MARKDOWN, "", "\n\n", "```", "[a]: b", "-"])
@pytest.mark.parametrize("width", [1, 4, 9, 24, 75])
def test_heights_are_known_without_drawing(content: str, width: int) -> None:
    turn = only(content, content, step(content, {"path": content}, content))
    pen = Pen(width, Palette(), UNICODE, UTC)
    for detail in (Detail.CALLS, Detail.EVERYTHING):
        for block in blocks(turn, View(width, detail)):
            assert height(turn, block, pen) == len(render(turn, block, pen))


def test_blocks_of_markdown_stand_apart_and_lists_do_not() -> None:
    lines = text(only("q", MARKDOWN), 60).splitlines()
    at = lines.index("  • one") if "  • one" in lines else lines.index("   • one")
    assert lines[at - 1] == ""
    assert lines[at + 1].startswith("   • two")
    assert any(line.strip().startswith("1. inner") for line in lines)
    assert any("▌ " in line and "and a list" in line for line in lines)
    assert not any(a == b == "" for a, b in pairwise(lines))


def test_code_is_coloured_by_its_language_and_stands_on_its_ground() -> None:
    ground, keyword = Style(bgcolor="blue"), Style(color="red")
    pen = Pen(40, Palette(code=ground, keyword=keyword), UNICODE, UTC)
    turn = only("q", "```python\ndef f():\n    pass\n```")
    block = next(b for b in blocks(turn, View(40)) if b.block_id.kind is Kind.ANSWER)
    rows = render(turn, block, pen)[1:]
    assert [row.text.rstrip() for row in rows] == ["   def f():", "       pass"]
    assert {row.cell_length for row in rows} == {40}
    assert [s.text for s in rows[0] if s.style and s.style.color] == ["def"]
    assert all(s.style and s.style.bgcolor for s in list(rows[0])[1:])
