"""What one call of a tool says at a glance: its argument, its outcome, the lines it changed."""

import json
import re
from difflib import SequenceMatcher
from enum import Enum
from itertools import islice, takewhile
from typing import Final, cast

import msgspec

from oxtui.store.transcript import Called

_PATHS: Final = ("path", "file_path", "filepath", "file", "filename", "dir", "directory")
_OTHERS: Final = (
    "command", "cmd", "query", "pattern", "url", "uri", "name", "key", "topic", "question",
    "message", "text", "content", "prompt", "task", "code",
)  # fmt: skip
_TELLING: Final = (*_PATHS, *_OTHERS)
_OLD: Final = ("old_string", "old_str", "old_text", "old", "search")
_NEW: Final = ("new_string", "new_str", "new_text", "new", "replace")
_PARSED_AT_MOST: Final = 100_000
_SCANNED_AT_MOST: Final = 4_000
_COMPARED_LINES: Final = 60  # the comparison may take the third power of it
_TOLD_VALUES: Final = 50
_TOLD_CHARS: Final = 500
_NAME_CHARS: Final = 200
_PAIR: Final = re.compile(
    r'"([^"\\]{1,80})"\s*:\s*(?:"((?:[^"\\]|\\.)*)|(-?[\d.]+|true|false|null))'
)
_SUSPECT: Final = re.compile(
    r"""^\W{0,4}(?:error|fatal|panic|exception|failure|오류|에러|실패|エラー|失敗)
        (?:\[\w+\])?\s*+[:!](?!\s*+(?:0|none|null)\b)
      |\A\W{0,4}(?:failed|failure|fatal|denied|aborted|panicked|traceback|오류|에러|실패|エラー|失敗)
        (?!\s*+:?\s*+(?:0|none|null)\b)
      |\A\s*(?:❌|⚠|✗)
      |\bexit(?:ed\ with)?\s*+(?:code|status)\s*+[:=]?\s*+-?[1-9]
      |\b\w{2,40}(?:Error|Exception)\b:
      |\b(?:command\ not\ found|no\ such\ file\ or\ directory|permission\ denied|timed\ out
          |connection\ refused|segmentation\ fault|not\ permitted)\b
      |"error"\s*:\s*(?:"[^"]|\{)
      |\berror:\ (?!0|none|null)""",
    re.IGNORECASE | re.VERBOSE | re.MULTILINE,
)


class Mark(Enum):
    """Whether a call went well, as far as the file tells."""

    OK = "ok"
    FAILED = "failed"
    SUSPECTED = "suspected failure"


class Arguments(msgspec.Struct, frozen=True):
    """The arguments of a call, as far as they can be read.

    Attributes:
        values: By name; empty where they are no object.
        rest: What is there instead of an object.
        cut: Whether the text breaks off, so that the last value may not be whole.
    """

    values: dict[str, object]
    rest: str = ""
    cut: bool = False


class Telling(msgspec.Struct, frozen=True):
    """The one argument that says what a call was about.

    Attributes:
        text: The argument, not yet made safe to show.
        is_path: Whether its end says more than its beginning.
    """

    text: str
    is_path: bool = False


def mark(step: Called) -> Mark:
    """How a call ended; `is_error` is never set by Oxios, so a text can only raise a suspicion."""
    if step.is_error:
        return Mark.FAILED
    found = _SUSPECT.search(step.output_summary, 0, _SCANNED_AT_MOST)
    return Mark.SUSPECTED if found else Mark.OK


def arguments(tool_args: object, most: int | None = None) -> Arguments:
    """Reads arguments: an object, or text that holds one and may break off.

    Args:
        tool_args: What the file holds.
        most: About how many characters are wanted of what is no object; None for all.
    """
    for _ in range(2):
        if not isinstance(tool_args, str):
            break
        if len(tool_args) > _PARSED_AT_MOST:
            return _pieces(tool_args)
        try:
            tool_args = cast("object", msgspec.json.decode(tool_args))
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
            return _pieces(tool_args) if tool_args[:1] in "{[" else Arguments({}, tool_args)
    match tool_args:
        case None:
            return Arguments({})
        case dict():
            return Arguments(cast("dict[str, object]", tool_args))
        case str():
            return Arguments({}, tool_args)
        case _:
            return Arguments({}, as_text(tool_args, most))


def telling(read: Arguments) -> Telling:
    """The argument that says most: a path, a command, a query, else the first text there is."""
    values = read.values
    for name in _TELLING:
        value = values.get(name)
        if isinstance(value, str) and value:
            return Telling(value, name in _PATHS)
    for value in values.values():
        if isinstance(value, str) and value:
            return Telling(value)
    if values:
        told = islice(values.items(), _TOLD_VALUES)
        texts = (f"{name[:_TOLD_CHARS]} {as_text(value, _TOLD_CHARS)}" for name, value in told)
        return Telling(", ".join(texts))
    return Telling(read.rest)


def lines_changed(tool_name: str, read: Arguments) -> tuple[int, int] | None:
    """How many lines an edit or a write added and removed; None where it can't be told."""
    if read.cut:
        return None
    tool = tool_name[:_NAME_CHARS].casefold()
    values = read.values
    patch = _first(values, ("patch", "diff"))
    if patch is not None:
        return _in_patch(patch)
    old, new = _first(values, _OLD), _first(values, _NEW)
    if "edit" in tool and old is not None and new is not None:
        return _between(old, new)
    content = values.get("content")
    if "write" in tool and isinstance(content, str):
        return content.count("\n") + (content[-1:] not in ("", "\n")), 0
    return None


def as_text(value: object, most: int | None = None) -> str:
    """A value of an argument as text: texts as they are, anything else as JSON.

    Args:
        value: The value.
        most: About how many characters are wanted of it; None for all.
    """
    if isinstance(value, str):
        return value[:most]
    indent = 2 if _nested(value) else None
    try:
        if most is None:
            return json.dumps(value, ensure_ascii=False, indent=indent)
        return _beginning(json.JSONEncoder(ensure_ascii=False, indent=indent), value, most)
    except (RecursionError, ValueError, TypeError):
        return "(nested too deeply to show)"


def _beginning(encoder: json.JSONEncoder, value: object, most: int) -> str:
    """JSON as far as it is wanted: a million values of a call would take seconds."""
    pieces: list[str] = []
    length = 0
    for piece in encoder.iterencode(value):
        pieces.append(piece[:most])
        length += len(piece)
        if length >= most:
            break
    return "".join(pieces)


def _nested(value: object) -> bool:
    if isinstance(value, dict):
        return bool(cast("dict[str, object]", value))
    if isinstance(value, list):
        return any(isinstance(item, dict | list) for item in cast("list[object]", value))
    return False


def _pieces(text: str) -> Arguments:
    """What can be read of an object whose text breaks off."""
    values: dict[str, object] = {}
    for found in _PAIR.finditer(text, 0, _SCANNED_AT_MOST):
        name, quoted, plain = found.groups()
        values.setdefault(name, plain if quoted is None else _unescaped(quoted))
    return Arguments(values, "" if values else text, cut=True)


def _unescaped(quoted: str) -> str:
    try:
        return msgspec.json.decode(f'"{quoted}"', type=str)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return quoted


def _first(values: dict[str, object], names: tuple[str, ...]) -> str | None:
    for name in names:
        value = values.get(name)
        if isinstance(value, str):
            return value
    return None


def _in_patch(patch: str) -> tuple[int, int]:
    lines = f"\n{patch}"
    added = lines.count("\n+") - lines.count("\n+++")
    return added, lines.count("\n-") - lines.count("\n---")


def _between(old: str, new: str) -> tuple[int, int]:
    """How many lines came and how many went; where many changed, all from the first to the last."""
    before, after = _lines(old), _lines(new)
    same = _same_at_first(before, after)
    before, after = before[same:], after[same:]
    same = _same_at_first(before[::-1], after[::-1])
    before, after = before[: len(before) - same], after[: len(after) - same]
    if max(len(before), len(after)) <= _COMPARED_LINES:
        matcher = SequenceMatcher(None, before, after)
        same = sum(block.size for block in matcher.get_matching_blocks())
    else:
        same = 0
    return len(after) - same, len(before) - same


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []


def _same_at_first(one: list[str], other: list[str]) -> int:
    pairs = zip(one, other, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
