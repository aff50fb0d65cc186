"""A document of what others wrote shows it and does nothing, whoever reads it."""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from oxtui.demo import write_demo
from oxtui.export.html import to_html
from oxtui.export.inert import inert, inert_line
from oxtui.export.markdown import to_markdown, written
from oxtui.export.reading import ReadSession
from oxtui.store.summaries.summarize import summarize
from oxtui.store.transcript import transcript
from oxtui.store.values import SessionId
from tests.export.pages import READERS, Page, alive
from tests.hostile import TEXTS, encoded, harm, session

LIVE = "<b onclick=x>"
ACTIVE = (
    LIVE, "</code></pre>", "<!--", "-->", "<?x", "<![CDATA[", "<script>", "<img src=x>", "<x:y>",
    "![a](http://x.org/y.png)", "![a][r]", "![r]", "[r]", "[a][r]", "[a](javascript:x)", "[a](x)",
    "[r]: http://x.org", "[r]: <javascript:x> 't'", "[^1]", "[^1]: x", "<http://x.org>",
    "<javascript:x>", "<a@x.org>", "http://x.org/a_b", "www.x.org", "a@x.org", "mailto:a@x.org",
    "ftp://x.org", "//localhost", "x.org", "&lt;b&gt;", "&#60;b>", "&#96;", "&#x5b;r]", "&NewLine;",
    "&Tab;", "&#32;", "&nbsp;", "&#x200b;", "&#124;", "http&#58;//x.org", "[x] ", "[!NOTE]\n",
)  # fmt: skip
STRUCTURE = (
    "`", "``", "```", "````", "~~~", "~~~~", "```html", "~~~ `", "``` a`b", " ```", "   ~~~",
    "    ```", "\t```", "```\t", "```  ", "> ", ">", "- ", "* ", "+ ", "-", "1. ", "12) ", "1.",
    "- - ", "> > ", "  ", "    ", "\t", " \t", "\\", "\n", "\n\n", "\n> ", "\n- ", "\n    ",
    "\n  ```", "\n```\n", "\n~~~\n", "\n\n```\n", "|", "| a |\n", "\n|-|-|\n", "\n|-|\n", "\n:-\n",
    "-|-", "\\|", "\n===\n", "\n---\n", "***", "___", "*", "**", "_", "__", "~~", "~", "# ", " #",
    "a", "b c", "!", "[", "]", "(", ")", ": ", "\r", "\r\n", "\v", "\f", "\0", "\u2028", "\x85",
    "\ufeff", "\u00a0",
)  # fmt: skip
CONTENT = st.lists(
    st.sampled_from(ACTIVE) | st.sampled_from(STRUCTURE), min_size=1, max_size=16
).map("".join)


def read_session(*texts: str) -> ReadSession:
    content = encoded(session("s", *texts))
    return ReadSession(
        SessionId("s"), content, transcript(content), summarize(content), f"project {texts[0]}"
    )


@pytest.mark.parametrize(
    "text",
    [
        # Where a fence begins, and where it does not.
        *(f"{indent}```\n{LIVE}\n{indent}```\n{LIVE}" for indent in ("", " ", "   ", "    ", "\t")),
        f"a\n    ```\n{LIVE}\n    ```",
        f"- a\n  ```\n{LIVE}\n  ```",
        f"- ```\n{LIVE}\n```\n{LIVE}",
        f"> ```\n{LIVE}\n> ```\n{LIVE}",
        f"``` a`b\n{LIVE}\n```",
        f"~~~ a`b\n{LIVE}\n~~~\n{LIVE}",
        f"<div>\n```\n</div>\n\n{LIVE}\n```\n{LIVE}",
        f"[r]: /u\n    ```\n{LIVE}\n    ```\n{LIVE}",
        # Where it ends.
        *(f"```\nx\n```{end}\n{LIVE}\n```" for end in ("\t", " \t", "  ", " x", "`", "\v", "\r")),
        *(f"```\nx\n{begin}```\n{LIVE}\n```" for begin in (" ", "   ", "    ", "\t", "> ", "- ")),
        f"````\n```\n{LIVE}\n````\n{LIVE}",
        f"```\nx\n~~~\n{LIVE}\n```\n{LIVE}",
        f"```\n{LIVE}",
        "&#32;~~~~a~~~~",
        "~~&#x200b;~~",
        # Code in a line, and what is in the way.
        f"one `\n` {LIVE} `",
        f"one `\n\n` {LIVE} `",
        f"one `\n- ` {LIVE} `",
        f"one `\n# ` {LIVE} `",
        f"\\` {LIVE} `",
        f"`` ` {LIVE} ``` {LIVE} ``",
        f"`http://x.org` {LIVE}`",
        f"http://x.org`{LIVE}`",
        f"http://x.org`` `{LIVE} ``",
        f"`a`http://x.org`{LIVE}`",
        f"[`](x` {LIVE}`)",
        f'<a title="`">{LIVE}`',
        # Tables, for those who know them, and for the others.
        f"| ` | {LIVE} ` |",
        f"| ` | {LIVE} ` |\n|-|-|\n| ` | {LIVE} ` |",
        f"| a |\n|-|\n| `\\|{LIVE}` |",
        f"a\n&#58;-\n`x|{LIVE}`",
        f"a\n:-\n`x|{LIVE}`",
        f"a|b\n&#58;-|-\n`x|{LIVE}`",
        f"a|b\n&#124;-|-\n`x|{LIVE}`",
        # What fetches, what runs when it is clicked, and what is made to look harmless.
        "![x](http://x.org/y.png)",
        "![x][r] ![r] [x][r] [r]\n\n[r]: http://x.org 'title'",
        "[r]: <javascript:x>\n[r]",
        "[x](javascript:alert(1)) [y]( <file:///>) [z](data:text/html;base64,PHNjcmlwdD4=)",
        "<https://x.org> <javascript:x> <a@x.org> <x:y>",
        "https://x.org www.x.org a@x.org x.org //localhost ftp://x.org mailto:a@x.org xmpp:a@x.org",
        "&lt;b onclick=x&gt; &#60;b&#62; http&#58;//x.org &#33;&#91;x](http://x.org)",
        "[x](java\tscript:alert(1)) [y](&#106;avascript:alert(1))",
        "a&NewLine;&NewLine;    ```&NewLine;<b>",
        # What lists and quotes make of it.
        "* * *\n\n  ```\n  <b>\n  ```",
        "- [ ] <b>\n- [x] [a](b)",
        "> [!NOTE]\n> <b>",
        "> " * 30 + LIVE,
        "- " * 30 + f"```\n{LIVE}",
        "```mermaid\nclick A href 'http://x.org'\n```",
        '```a"onclick=x\nb\n```',
    ],
)  # fmt: skip
def test_nothing_is_alive(text: str) -> None:
    document = inert(written(text))
    assert alive(document) == []
    assert alive(f"{document}\n\n{inert(LIVE)}\n\n`code` {inert_line(text)}") == []
    exported = to_markdown(read_session(text, "next"))
    assert alive(exported) == []
    assert not harm(exported, "\n\t")


@settings(max_examples=300)
@given(CONTENT, CONTENT)
@example("&#32;~~~~a~~~~", f"```\n{LIVE}\n```")
def test_nothing_comes_alive_whatever_is_put_together(text: str, after: str) -> None:
    exported = to_markdown(read_session(text, after))
    assert alive(exported) == []
    assert not harm(exported, "\n\t")


_OF_A_PAGE = {
    "html", "head", "meta", "title", "style", "body", "h1", "h2", "b", "dl", "dt", "dd", "div", "p",
    "details", "summary", "pre",
}  # fmt: skip


@settings(max_examples=100)
@given(CONTENT, CONTENT)
def test_a_page_has_only_elements_and_attributes_of_its_own(text: str, after: str) -> None:
    exported = to_html(read_session(text, after))
    page = Page(exported)
    assert page.tags <= _OF_A_PAGE
    plain = Page(to_html(read_session("plain", "plain")))
    assert {each for each in page.attributes if each[0] != "class"} == {
        each for each in plain.attributes if each[0] != "class"
    }
    assert page.others == ["DOCTYPE html"]
    assert not harm(exported, "\n\t")


def letters(text: str) -> Counter[str]:
    return Counter(letter for letter in text if letter.isalpha())


@settings(max_examples=200)
@given(st.lists(st.sampled_from(STRUCTURE) | st.just("word "), max_size=16).map("".join))
@example("> " * 30 + "deep")
@example("*" * 3_000 + "stars" + "*" * 3_000)
@example("``` a b\nc")
@example("|word \n---\n`|word ")
def test_no_letter_is_lost(text: str) -> None:
    text = written(text)
    document = inert(text)
    assert letters(document) >= letters(text)
    for reader in READERS:
        rendered = reader.render(document)
        assert letters("".join(Page(rendered).text) + rendered) >= letters(text)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_no_letter_of_a_hostile_text_is_lost(text: str) -> None:
    text = written(text)
    without_entities = "" if "&" in text else text
    assert letters(inert(text)) >= letters(without_entities)


@pytest.mark.parametrize(
    "text",
    [
        "# Title\n\nSome *text*, **more** of it,\nin ~~two~~ lines with `code <b>` and a_name.",
        "Broken\\\nhere",
        "1. one\n2. two\n   - a\n   - b\n\nEnd",
        "- one\n\n  more\n\n- two",
        "> quote\n>\n> - list\n>   > inner",
        "```rust\nfn x() -> Vec<T> {\n\n\tlet a = [0];\n}\n```",
        "- do:\n  ```sh\n  rm -r x\n  ```",
        "| a | b |\n| --- | ---: |\n| 1 | `2` |",
        "a < b && b > c, 2 * 3 * 4, 50 %, (x) {y} 'z' \"q\" - + = # ! | ? $5",
        "````md\n```\n<b>\n```\n````",
    ],
)
def test_plain_markdown_stays_as_it_was_written(text: str) -> None:
    assert inert(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Title\n===\n\nb\n---", "# Title\n\n## b"),
        ("    code <b>\n\n* * *", "```\ncode <b>\n```\n\n___"),
        ("~~~html\n<b>\n~~~", "```html\n<b>\n```"),
        ("``` html x\n<b>", "```\nhtml x\n<b>\n```"),
        ("```mermaid\n<b>\n```", "```\nmermaid\n<b>\n```"),
        ("<b>x</b> a &lt;b&gt;", "\\<b>x\\</b> a \\<b>"),
        ("see https://x.org/a_b.", "see `https://x.org/a_b`."),
        ("[docs](http://x.org) <a@x.org>", "\\[docs](`http://x.org`) \\<`a@x.org`>"),
        ("![x](y.png)", "!\\[x](y\\.png)"),
        ("[x]: data:1", "\\[x]: data:1"),
        ("-\n  -\n    -", "- * -"),
        ("1986\\. A\n\\- b\n\\# c", "1986\\. A\n\\- b\n\\# c"),
        ("| a |\n|-|\n| `x\\|y` z |", "| a |\n| --- |\n| x&#124;y z |"),
    ],
)
def test_the_rest_is_written_so_that_all_read_it_alike(text: str, expected: str) -> None:
    assert inert(text) == expected


def test_the_talks_of_the_demo_look_the_same(tmp_path: Path) -> None:
    write_demo(tmp_path / "store", now=datetime(2026, 6, 1, tzinfo=UTC))
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    count = 0
    for path in (tmp_path / "store/sessions").glob("*.json"):
        if path.read_bytes()[-1:] != b"}":
            continue
        for answer in json.loads(path.read_text())["agent_responses"]:
            text = written(answer["content"])
            if "](" in text or "<http" in text:
                continue
            count += 1
            assert reader.render(inert(text)) == reader.render(text)
    assert count > 50


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("1. x", "1\\. x"), ("# x", "\\# x"), ("C#", "C\\#"), ("a\nb", "a b"), ("<b>", "\\<b>"),
        ("- x", "\\- x"), ("2026-06-20 10:00", "2026-06-20 10:00"), ("2.14 runs", "2.14 runs"),
        ("http://x.org", "`http://x.org`"), ("", ""),
    ],
)  # fmt: skip
def test_a_line_is_only_text(text: str, line: str) -> None:
    assert inert_line(text) == line
