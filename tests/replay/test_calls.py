import json

import pytest

from oxtui.replay.calls import Mark, arguments, lines_changed, mark, telling
from tests.replay.sessions import only, step


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        (json.dumps({"limit": 3, "path": "src/a.rs"}), "src/a.rs"),
        ({"query": "x y", "n": 3}, "x y"),
        (json.dumps({"unknown": "first text", "other": "b"}), "first text"),
        (json.dumps({"n": 3, "deep": [1]}), "n 3, deep [1]"),
        ("not json at all", "not json at all"),
        ('{"path": "docs/정리.md", "content": "a long te', "docs/정리.md"),
        ('{"command": "echo \\"hi\\" && tail -f /var/lo', 'echo "hi" && tail -f /var/lo'),
        ('{"command": "broken escape \\u12', "broken escape "),
        (json.dumps(json.dumps({"url": "http://a"})), "http://a"),
        (None, ""),
        ({}, ""),
        ([1, 2], "[1, 2]"),
        ("", ""),
        ("[" * 50_000, "[" * 50_000),
    ],
)
def test_telling_argument(args: object, expected: str) -> None:
    assert telling(arguments(args)).text.startswith(expected.rstrip())
    if expected == "":
        assert telling(arguments(args)).text == ""


def test_a_path_is_known_as_one() -> None:
    assert telling(arguments({"file_path": "a/b"})).is_path
    assert not telling(arguments({"command": "a/b"})).is_path


@pytest.mark.parametrize(
    "output",
    [
        "Error: no such table",
        "error[E0308]: mismatched types",
        "Traceback (most recent call last):",
        "bash: foo: command not found",
        "exit code 1",
        "thread main panicked\nfatal: not a repository",
        "ValueError: bad",
        "오류: 파일이 없습니다",
        "⚠️ refused",
        "cat: x: No such file or directory",
    ],
)
def test_output_that_reads_like_a_failure_is_only_suspected(output: str) -> None:
    assert mark(only("q", "a", step(output=output)).calls[0].step) is Mark.SUSPECTED


@pytest.mark.parametrize(
    "output",
    ["", "ok", "0 errors, 0 warnings", "exit code 0", "test result: ok. 9 passed; 0 failed",
     "Found 3 uses of error_handler", "errors: 0", "Failed: 0, passed: 12"],
)  # fmt: skip
def test_output_that_only_speaks_of_failures_is_not(output: str) -> None:
    assert mark(only("q", "a", step(output=output)).calls[0].step) is Mark.OK


def test_is_error_is_believed() -> None:
    assert mark(only("q", "a", step(is_error=True)).calls[0].step) is Mark.FAILED


@pytest.mark.parametrize(
    ("tool", "args", "expected"),
    [
        ("edit", {"old_string": "a\nb\nc", "new_string": "a\nx\ny\nc"}, (2, 1)),
        ("edit", {"old_string": "a\nb\nc\nd\n", "new_string": "a\nc\ne\nd"}, (1, 1)),
        ("edit", {"old_string": "", "new_string": "a\n\n"}, (2, 0)),
        ("edit", {"old_string": "a\n" + "b\n" * 99, "new_string": "a\n" + "c\n" * 99}, (99, 99)),
        ("write", {"path": "a", "content": "1\n2\n"}, (2, 0)),
        ("apply_patch", {"patch": "--- a\n+++ b\n-x\n+y\n+z"}, (2, 1)),
        ("read", {"path": "a"}, None),
        ("write", '{"path": "a", "content": "cut he', None),
    ],
)
def test_changed_lines(tool: str, args: object, expected: tuple[int, int] | None) -> None:
    assert lines_changed(tool, arguments(args)) == expected


@pytest.mark.timeout(60)
@pytest.mark.parametrize("word", ["failed", "error", "exit code", "exit"])
def test_no_output_holds_the_application_up(word: str) -> None:
    calls = only("q", "a", *[step(output=word + " " * 4_000)] * 1_000).calls
    assert {mark(call.step) for call in calls} <= {Mark.OK, Mark.SUSPECTED}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("end", ["\n", "\r", "\x0b", "\u2028"])
@pytest.mark.parametrize("count", [190, 100_000])
def test_no_edit_holds_the_application_up(end: str, count: int) -> None:
    old, new = (end.join(str(n % most) for n in range(count)) for most in (101, 102))
    for _ in range(20):
        assert lines_changed("edit", arguments({"old": old, "new": new}))
