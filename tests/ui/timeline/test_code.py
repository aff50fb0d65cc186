"""Code in colours, whatever the code is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.style import Style

from oxtui.ui.timeline.code import CodePen
from oxtui.ui.timeline.markdown import MarkdownPen
from oxtui.ui.timeline.palette import Palette

KINDS = ("keyword", "string", "number", "name", "comment", "added", "removed")
PEN = CodePen(Palette(**{kind: Style(meta={"kind": kind}) for kind in KINDS}))
LANGUAGES = (
    "python", "rust", "javascript", "tsx", "go", "c", "cpp", "java", "kotlin", "swift", "bash",
    "docker", "make", "sql", "json", "yaml", "toml", "html", "css", "ruby", "hcl", "php", "lua",
    "clojure", "proto", "diff",
)  # fmt: skip


def coloured(code: str, language: str) -> list[tuple[str, str]]:
    """The pieces that have a colour, and which."""
    runs = PEN.runs(code, language)
    assert "".join(text for text, _ in runs) == code
    return [(text, style.meta["kind"]) for text, style in runs if style.meta]


@pytest.mark.parametrize(
    ("language", "code", "expected"),
    [
        ("python", "@a.b\ndef f(x): # no\n    return 'a\\'b', 1.5e3, f\"\"\"c\n'd\"\"\"",
         "@a.b=name def=keyword f=name # no=comment return=keyword 'a\\'b'=string 1.5e3=number"
         " \"\"\"c\n'd\"\"\"=string"),
        ("py", "x = c#1", "1=number"),
        ("rust", "fn f<'a>(c: char) -> u8 { '\\'' } /* a\nb */ // c\n#[test]",
         "fn=keyword char=keyword u8=keyword '\\''=string /* a\nb */=comment // c=comment"
         " #[test]=name"),
        ("ts", "const a = `b ${c}\nd`;", "const=keyword `b ${c}\nd`=string"),
        ("c", "#include <a.h>\nint f(void)", "#include=keyword int=keyword f=name void=keyword"),
        ("sh", "if [ \"$A\" ]; then echo ${B} # c",
         "if=keyword \"$A\"=string then=keyword echo=keyword ${B}=name # c=comment"),
        ("SQL", "SELECT a FROM t -- c\nwhere b = 'it''s'",
         "SELECT=keyword FROM=keyword -- c=comment where=keyword 'it'=string 's'=string"),
        ("json", '{"a" : "b", "c": [1, true]}',
         '"a"=name "b"=string "c"=name 1=number true=keyword'),
        ("yaml", "a-b: true # c\n- d: 'e'", "a-b=name true=keyword # c=comment d=name 'e'=string"),
        ("toml", '[a.b]\nc = "d" # e', '[a.b]=keyword c=name "d"=string # e=comment'),
        ("html", "<a href=\"b\">it's &amp; c</a> <!-- d\n-->",
         "<a=keyword href=name \"b\"=string >=keyword &amp;=keyword </a=keyword >=keyword"
         " <!-- d\n-->=comment"),
        ("css", "a { --b: #fff; margin: 1px } /* c */",
         "--b=name margin=name 1px=number /* c */=comment"),
        ("diff", "--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n z",
         "--- a=comment +++ b=comment @@ -1 +1 @@=keyword -x=removed +y=added"),
        ("docker", "FROM a AS b\nRUN c", "FROM=keyword AS=keyword RUN=keyword"),
        ("python", '"never closed\nx', '"never closed=string'),
        ("rust", "/* never closed", "/* never closed=comment"),
        ("brainfuck", "if 1 'x'", ""),
        ("", "if 1 'x'", ""),
    ],
)  # fmt: skip
def test_colours(language: str, code: str, expected: str) -> None:
    assert " ".join(f"{text}={kind}" for text, kind in coloured(code, language)) == expected


SIGNS = "\"'`()[]{}<>\\/ \t\n*#-_=:;,.|&%$@!?~^+a1é"


@given(st.text(st.sampled_from(SIGNS)), st.sampled_from(LANGUAGES))
def test_no_character_is_lost(code: str, language: str) -> None:
    coloured(code, language)


UNITS = (
    *SIGNS, "\\\"", "a ", " \n", "a(", "</", "<a ", "<!--", "/*", "//", "'''", '"""', "[[", "${",
    "=\"", "--", "- ", "a:", "0x", "{-", "a.", "a-", "$(", "#[", "&a", "-a", "a\n", "\n ", "'a",
)  # fmt: skip
BEFORE = ('"', "<a ", "/*", "(", "{", "'", "a ")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_code_holds_the_application_up(language: str) -> None:
    for number, unit in enumerate(UNITS):
        for before in ("", BEFORE[number % len(BEFORE)]):
            coloured(before + unit * (12_000 // len(unit)), language)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "unit", ["![~~", "![[", "[a][[a](b", "***![", "[^*a", "[a](", "[a]: <", "*_", "`a``", "> - *a"]
)
def test_no_markdown_holds_the_application_up(unit: str) -> None:
    pen = MarkdownPen(Palette())
    pen.height(unit * (200_000 // len(unit)), 80)
