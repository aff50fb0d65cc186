from pathlib import Path

import pytest

from oxtui.errors import InvalidValueError
from oxtui.export.formats import default_name, format_of
from tests.hostile import harm


@pytest.mark.parametrize(
    ("name", "format_"),
    [
        ("a.md", "markdown"), ("a.HTML", "html"), ("a.b.json", "json"), ("/x/y.md", "markdown"),
    ],
)  # fmt: skip
def test_the_ending_chooses_the_format(name: str, format_: str) -> None:
    assert format_of(Path(name)) == format_


@pytest.mark.parametrize("name", ["a", "a.txt", "a.md.gz", ".md", "md", "a.", "a.md "])
def test_no_other_ending(name: str) -> None:
    with pytest.raises(InvalidValueError, match=r"\.md, \.html or \.json"):
        format_of(Path(name))


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Retry the failed cron jobs", "retry-the-failed-cron-jobs.md"),
        ("  ../../etc/passwd  ", "etc-passwd.md"),
        ("昨夜のエラーログ", "昨夜のエラーログ.md"),
        ("한국어 문서", "한국어-문서.md"),
        ("a\x1b]52;c;aGk=\x07b\n\u202ec", "a-52-c-agk-b-c.md"),
        ("???", "an-id.md"),
        (None, "an-id.md"),
        ("-" * 500, "an-id.md"),
    ],
)
def test_a_name_from_the_title_else_from_the_id(title: str | None, name: str) -> None:
    assert default_name(title, "an id") == name


@pytest.mark.parametrize(
    "title", ["x" * 10_000, "\U00020000" * 10_000, "\u0301" * 10_000, "\ud800"]
)
def test_a_name_that_any_file_system_takes(title: str) -> None:
    name = default_name(title, "id")
    assert len(name.encode()) < 200
    assert not harm(name)
    assert "/" not in name


def test_without_any_letter_it_is_called_session() -> None:
    assert default_name("", "...") == "session.md"
