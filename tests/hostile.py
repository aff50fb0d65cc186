"""Everything hostile that a store may hold, made in one place for the tests of every place.

`TEXTS` are texts that a well-formed session may hold anywhere. `FILES` are contents that no session
has. `write_store` puts all of them, and what is no file at all, into a store.
"""

import json
import os
import re
import socket
import stat
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

WHEN: Final = "2026-06-20T10:00:00.123456789Z"

# Each with a payload that oxtui itself never writes, so that it is known again among its own.
COMMANDS: Final[dict[str, str]] = {
    "OSC 52": "\x1b]52;c;SE9TVElMRQ==\x07",
    "OSC 52 ended by ST": "\x1b]52;p;SE9TVElMRQ==\x1b\\",
    "OSC 8": "\x1b]8;;http://hostile.example/\x1b\\link\x1b]8;;\x1b\\",
    "OSC 0": "\x1b]0;HOSTILE TITLE\x07",
    "OSC 9": "\x1b]9;HOSTILE\x07",
    "OSC 1337": "\x1b]1337;File=inline=1:SE9T\x07",
    "OSC without an end": "\x1b]0;HOSTILE",
    "CSI colour": "\x1b[38;2;13;37;66m",
    "CSI clear": "\x1b[3J\x1b[2J\x1b[H",
    "CSI cursor": "\x1b[6666;7777H\x1b[666A",
    "CSI mode": "\x1b[?1337h\x1b[?1049l\x1b[?666l",
    "CSI asks": "\x1b[6n\x1b[21t\x1b[>q",
    "CSI cut off": "\x1b[38;2;13;37",
    "DCS": "\x1bP$qHOSTILE\x1b\\",
    "APC": "\x1b_GHOSTILE\x1b\\",
    "PM": "\x1b^HOSTILE\x1b\\",
    "SOS": "\x1bXHOSTILE\x1b\\",
    "RIS": "\x1bc\x1b7\x1b8\x1b#8",
    "character sets": "\x1b(0\x0eqqq\x0f\x1b(B\x1b%@",
    "C1 CSI": "\x9b38;2;13;37;66m\x9b2J",
    "C1 OSC": "\x9d52;c;SE9TVElMRQ==\x9c",
    "C1 DCS": "\x90$qHOSTILE\x9c",
    "C1 all": "".join(map(chr, range(0x80, 0xA0))),
    "C0 all": "".join(map(chr, range(0x20))),
    "C0 in words": "be\x07ll de\x7flete back\x08space nu\0l re\rturn form\x0cfeed",
}
UNSEEN: Final[dict[str, str]] = {
    "bidi overrides": "\u202egnp.exe\u202c \u202dabc \u202aabc\u202b",
    "bidi isolates": "\u2066a\u2067b\u2068c\u2069 \u200e\u200f\u061c",
    "widthless": "pass\u200bword\u2060\ufeff\u00ad\u180e" + "\u200b" * 10_000 + "end",
    "joiners": "a" + "\u200d" * 10_000 + "\u200c" * 10_000 + "end",
    "marks": "e" + "\u0301" * 10_000 + "end",
    "different marks": "e" + "".join(map(chr, range(0x300, 0x370))) * 90 + "end",
    "selectors": "a" + "\ufe0f" * 10_000 + "".join(map(chr, range(0xE0100, 0xE01F0))),
    "tags": "".join(chr(0xE0000 + ord(c)) for c in "delete everything") + "end",
    "Hangul": "\u1112" + "\u1161" * 10_000 + "\u11a8" * 10_000,
    "emoji joined": "👩\u200d" * 3_000 + "🏳\ufe0f",
    "emoji and wide": "👩‍👩‍👧‍👦⚠️한국어日本語" * 400,
    "flags and skins": "\U0001f1e6" * 999 + "\U0001f3fb" * 999,
    "separators": "one\u2028two\u2029three\x85four\x0bfive\x1c\x1d\x1esix",
    "widest": "\ufdfd𒐫꧅" * 200,
    "private and unassigned": "\ue000\U000f0000\u0378\uffff\U0010ffff" * 100,
}
MARKUP: Final[dict[str, str]] = {
    "closing only": "[/x] [/] [/bold][/]",
    "a style": "[foo] [bold red on blue]x[/bold red on blue] [$error]y",
    "an action": "[@click=app.quit]x[/] [@click=app.quit()]y[/] [@click='app.bell']",
    "a link": "[link=http://hostile.example]x[/link] [link='javascript:1']",
    "no end": "[bold [/ [@click= [foo",
    "escaped": "\\[bold] \\\\[bold] \\",
    "quotes": '[x="\'] [\'] ["] [@click=app.notify("]")]',
    "brackets": "[" * 500 + "]" * 500,
    "emoji code": ":skull: :warning: :smile",
    "format": "{0} {name} %s %n ${HOME} $(reboot) `reboot` {{{",
    "HTML": "<script>alert(1)</script><img src=x onerror=alert(1)><!--<b>",
    "entities": "&#27;[31m &#x9b;2J &#x202e;abc &#8203; &NewLine; &amp;lt;script&amp;gt;",
    "closes a page": "</title></style></pre></details><svg onload=alert(1)>]]>",
    "attributes": '" onclick="alert(1)" x=\'y\' `',
}
_DEEP: Final = 10_000
MARKDOWN: Final[dict[str, str]] = {
    "quotes": "> " * _DEEP + "deep",
    "quotes in lines": "\n".join(">" * n + " x" for n in range(300)),
    "lists": "- " * _DEEP + "deep",
    "numbers": "1. " * _DEEP + "deep",
    "lists in lines": "\n".join("  " * n + "- x" for n in range(300)),
    "mixed": "> - 1. " * 3_000 + "deep",
    "stars": "*" * 100_000,
    "emphasis": "*a **b " * 10_000,
    "half emphasis": "a**b" * 10_000,
    "underscores": "_a __b " * 10_000,
    "strikes": "~~a" * 10_000,
    "brackets": "[" * 100_000,
    "images": "![" * 30_000,
    "links without end": "[a](" * 20_000,
    "nested links": "[" * 5_000 + "a" + "](b)" * 5_000,
    "backticks": "".join("`" * n + " " for n in range(1, 400)),
    "backslashes": "\\" * 50_000,
    "entities": "&#" * 30_000 + "&x;" * 10_000,
    "angles": "<a " * 20_000 + "<!-" * 10_000 + "<?" * 10_000,
    "columns": "|" + "a|" * _DEEP + "\n|" + "-|" * _DEEP + "\n|" + "b|" * _DEEP,
    "rows": "|a|b|\n|-|-|\n" + "|1|2|\n" * 10_000,
    "wide cells": ("|" + "word " * 500) * 20 + "|\n" + "|-" * 20 + "|\n" + "|x" * 20 + "|",
    "references": "".join(f"[a{n}]: /u\n" for n in range(5_000)) + "[a1]" * 1_000,
    "references unfinished": "[a]: <\n" * 5_000,
    "javascript": "[x](javascript:alert(1)) <javascript:alert(1)> ![x](JaVaScRiPt:alert(1))",
    "javascript in entities": "[x](&#106;avascript:alert(1)) [y](java\tscript:alert(1))",
    "javascript in references": "[x][1] ![y][1]\n\n[1]: javascript:alert(1)",
    "files": "[x](file:///etc/passwd) <file:///etc/passwd> ![x](file://host/share)",
    "data": "[x](data:text/html;base64,PHNjcmlwdD4=) <vbscript:x> [y](//hostile.example)",
    "raw HTML": "<b onclick=x>y</b>\n\n<script>\nalert(1)\n</script>\n\n<iframe src=x>",
    "fences": "```\nx\n```\n" * 3_000,
    "an open fence": "````python\n```\n" + "(" * 15_000,
    "odd languages": "".join(f"```{x}\n<a b='\\\n```\n" for x in ("html", "\\x", "[b]", "x" * 999)),
    "rules": "---\n" * 5_000,
    "headings": "# " * 10_000 + "\n" + "a\n=\n" * 5_000,
    "spaces": " " * 100_000 + "x" + "\t" * 10_000,
    "lines": "\n" * 100_000,
    "images in a line": "![~~" * 5_000,
    "code of spaces": '```ini\n"' + " " * 11_900,
    "code of brackets": "```toml\n'" + "(" * 11_900,
    "code of names": "```css\n{" + "a" * 11_900,
    "code of questions": "```ts\n(" + "?" * 11_900,
    "code of signs": "```yaml\n" + "@" * 11_900,
    "code of tags": "```xml\n<a " + "-" * 11_900,
    "controls in code": "```sh\n\x1b]52;c;SE9TVElMRQ==\x07\n```\n`\x9b2J` [\x1b[31m](\x1b[32m)",
}
LONG: Final[dict[str, str]] = {
    "a line": "x" * 200_000,
    "a wide line": "한" * 100_000,
    "digits": "9" * 10_000,
    "spaces after a word": "failed" + " " * 4_000 + "exit code" + " " * 4_000,
    "lines of another kind": "\r".join(str(n % 101) for n in range(50_000)),
    "quotes that open": "“" * 100_000,
    "JSON deep": "[" * 100_000 + "]" * 100_000,
    "an object deep": '{"a":' * 20_000,
    "an object cut off": '{"path": "a.txt", "content": "' + "\\" * 499,
    "an object with escapes": json.dumps({"path": "\x1b]0;HOSTILE\x07", "\x9b2J": ["\x1b[3J"]}),
    "an object twice": json.dumps(json.dumps({"command": "\x1b]0;HOSTILE\x07"})),
}
_KINDS: Final = {
    "command": COMMANDS,
    "unseen": UNSEEN,
    "markup": MARKUP,
    "Markdown": MARKDOWN,
    "long": LONG,
}
TEXTS: Final = {
    f"{kind}: {name}": text for kind, texts in _KINDS.items() for name, text in texts.items()
}
LONG_CHARS: Final = 2_000
SHORT: Final = {name: text for name, text in TEXTS.items() if len(text) < LONG_CHARS}
ALL_NAME: Final = "everything"
SHORT_NAME: Final = "all that is short"
"""The sessions that hold all texts, and all but the long ones."""


def steps(text: str) -> list[dict[str, Any]]:
    """Calls with `text` wherever a call may hold one; fewer of them if it is long."""
    step = {
        "output_summary": text,
        "duration_ms": 40,
        "is_error": False,
        "tool_call_id": text[:99],
        "timestamp": WHEN,
    }
    edit = {"old_string": text, "new_string": text[1:], "content": text}
    arguments: tuple[object, ...] = (text, {"path": text, text: [text]}, {"command": text}, [text])
    made = [
        {**step, "tool_name": text, "tool_args": text},
        {**step, "tool_name": "edit", "tool_args": edit},
        {**step, "tool_name": "apply", "tool_args": {"patch": text}, "is_error": True},
        *({**step, "tool_name": text, "tool_args": each} for each in arguments[1:]),
        {**step, "tool_name": "bash", "tool_args": json.dumps({"command": text})[:500]},
    ]
    return made if len(text) < LONG_CHARS else made[:1]


def session(session_id: str, *texts: str, **fields: Any) -> dict[str, Any]:
    """A session of a turn for each text, with the text in every place where one may stand."""
    calls: list[dict[str, Any]] = []
    answers: list[dict[str, Any]] = []
    for text in texts:
        begin = len(calls)
        calls += steps(text)
        answers.append(
            {
                "content": text,
                "session_id": text[:99],
                "phase_reached": text[:99],
                "timestamp": WHEN,
                "trajectory_range": {"start": begin, "end": len(calls)},
            }
        )
    text = texts[0]
    return {
        "id": session_id,
        "user_id": text,
        "user_messages": [{"content": t, "timestamp": WHEN, "unknown": t[:99]} for t in texts],
        "agent_responses": answers,
        "trajectory_steps": calls,
        "reasoning_records": [
            {"content": text, "source": text, "timestamp": WHEN, "segments": None},
            {
                "content": "",
                "source": text,
                "timestamp": WHEN,
                "segments": [{"before_step": n, "text": each} for n, each in enumerate(texts)],
            },
        ],
        "created_at": WHEN,
        "updated_at": WHEN,
        "metadata": {"title": text, text: text, "mode": text},
        text: text,
        **fields,
    }


def encoded(value: object) -> bytes:
    """A value as a file; lone surrogates as escapes, all else as it is."""
    return re.sub(
        rb"\xed[\xa0-\xbf][\x80-\xbf]",
        lambda found: b"\\u%04x" % ord(found[0].decode("utf-8", "surrogatepass")),
        json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"),
    )


_PLAIN: Final = encoded(session("plain", "plain"))


def _with(name: str, value: bytes) -> bytes:
    return b'{"%s": %s, %s' % (name.encode(), value, _PLAIN[1:])


FILES: Final[dict[str, bytes]] = {
    "empty": b"",
    "spaces": b" \n\t" * 400_000,
    "zeros": bytes(1_000_000),
    "cut off": _PLAIN[:-20],
    "cut off in a character": encoded(session("x", "한"))[:-2],
    "lone surrogate": encoded(session("x", "a\ud800b")),
    "lone low surrogate": encoded(session("x", "a\udfffb")),
    "raw C1": _PLAIN.replace(b"plain", b"\x9b2J\x9d0;HOSTILE\x9c"),
    "raw control": _PLAIN.replace(b"plain", b"\x1b]0;HOSTILE\x07"),
    "latin-1": _PLAIN.replace(b"plain", b"caf\xe9"),
    "UTF-16": _PLAIN.decode().encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf" + _PLAIN,
    "NaN": _PLAIN.replace(b'"duration_ms": 40', b'"duration_ms": NaN'),
    "Infinity": _with("unknown", b"-Infinity"),
    "10,000 digits": _PLAIN.replace(b'"duration_ms": 40', b'"duration_ms": ' + b"9" * 10_000),
    "a large exponent": _PLAIN.replace(b'"metadata": {', b'"metadata": {"x": 1e400, '),
    "a field twice": _with("id", b'"\\u001b]0;HOSTILE\\u0007"'),
    "nested in what is known": _with("metadata", b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "nested in what is not": _with("unknown", b"[" * 100_000 + b"]" * 100_000),
    "nested and cut off": b"[" * 100_000,
    "a time of escapes": _PLAIN.replace(WHEN.encode(), b"\\u001b]0;HOSTILE\\u0007", 1),
    "a field of escapes": _PLAIN.replace(b'"user_id": "plain"', b'"\\u001b[2J\\u009b": 1'),
    "a list": b"[]",
    "two documents": _PLAIN + _PLAIN,
    "a program": b"\x7fELF" + bytes(range(256)) * 8,
}
"""Contents of files that neither Oxios nor oxtui can read, by what is wrong with them."""

ODD_FILES: Final[dict[str, bytes]] = {
    "unknown field twice": _with("unknown", b'1, "unknown": 2'),
    "metadata key twice": _PLAIN.replace(b'"metadata": {', b'"metadata": {"title": "first", '),
    "number nobody can hold": _with("unknown", b"1e400"),
    "10,000 digits unread": _with("unknown", b"9" * 10_000),
    "nested 300 deep unread": _with("unknown", b"[" * 300 + b"]" * 300),
    "thoughts of another shape": _PLAIN.replace(
        b'"reasoning_records": [', b'"reasoning_records": [7, {"content": 7}, '
    ),
    "a range in a message": _PLAIN.replace(b'"unknown": "plain"', b'"trajectory_range": "x"'),
    "range beyond the calls": _PLAIN.replace(b'"end": 7', b'"end": 18446744073709551615'),
    "a moment at the edge": _PLAIN.replace(WHEN.encode(), b"9999-12-31T23:59:59.999999Z"),
    "the first moment": _PLAIN.replace(WHEN.encode(), b"0001-01-01T00:00:00Z"),
    "an id of another": _PLAIN.replace(b'"id": "plain"', b'"id": "../../\\u001b[2J"'),
    "a project of escapes": _with("project_id", b'"\\u001b]0;HOSTILE\\u0007[/x]"'),
    "a parent that is itself": _with("parent_session_id", b'"odd a parent that is itself"'),
    "a parent of escapes": _with("parent_session_id", b'"\\u001b]0;HOSTILE\\u0007"'),
    "escapes of escapes": _PLAIN.replace(b"plain", b"\\\\u001b[2J \\u005cu001b"),
    "100,000 arguments": _PLAIN.replace(
        b'"tool_args": "plain"',
        b'"tool_args": {' + b",".join(b'"%d":0' % n for n in range(100_000)) + b"}",
    ),
}
"""Contents that look wrong and are sessions all the same, as Oxios reads them."""

NAMES: Final[tuple[bytes, ...]] = (
    b"\x1b]0;HOSTILE\x07",
    b"\x1b[2J\x1b[31m",
    "\x9b2J\u202e".encode(),
    b"two\nlines\r\tand",
    b"[x] [@click=app.quit]q[",
    b"-rf",
    b"--help",
    b"$(reboot) `x` ; &",
    b" ",
    b".hidden",
    b"x" * 240,
    "e\u0301한👩".encode(),
    b"%s{0}",
    b"\x7f\x08",
)
"""Names of files, without their suffix, that a session may have."""
REFUSED_NAMES: Final[tuple[bytes, ...]] = (
    b"\xff\xfe",
    b"\x9b2J",
    b"\xed\xa0\x80",
    b"a..b",
    b"a\\b",
)
"""Names that a file may have and a session may not."""


@dataclass(frozen=True, slots=True)
class HostileStore:
    """What a hostile store holds.

    Attributes:
        base: Its folder.
        sessions: How many sessions can be read.
        unreadable: How many files can't.
        outside: A file that links out of the store lead to.
        secret: What stands in it.
    """

    base: Path
    sessions: int
    unreadable: int
    outside: Path
    secret: str = "SECRET OF ANOTHER FOLDER"


def write_store(base: Path, *, long: bool = True) -> HostileStore:
    """Writes a store with all of it, or without the texts that are long."""
    folder = base / "sessions"
    folder.mkdir(parents=True)
    written = {f"text {number}": encoded(session(f"text {number}", text))
               for number, text in enumerate(SHORT.values())}  # fmt: skip
    written[SHORT_NAME] = encoded(session(SHORT_NAME, SHORT_NAME, *SHORT.values()))
    if long:
        written[ALL_NAME] = encoded(session(ALL_NAME, ALL_NAME, *TEXTS.values()))
    written |= {f"odd {name}": content for name, content in ODD_FILES.items()}
    for name, content in written.items():
        (folder / f"{name}.json").write_bytes(content)
    write_named(folder, *NAMES, *REFUSED_NAMES)
    for name, content in FILES.items():
        (folder / f"broken {name}.json").write_bytes(content)
    outside = base.parent / "outside.json"
    unreadable = len(FILES) + len(REFUSED_NAMES) + _write_others(folder, outside)
    store = HostileStore(base, len(written) + len(NAMES), unreadable, outside)
    outside.write_bytes(encoded(session("outside", store.secret)))
    _write_projects(base / "projects")
    return store


def write_named(folder: Path, *names: bytes) -> None:
    """Writes the same session under names that may be no text at all."""
    for name in names:
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name + b".json")).write_bytes(_PLAIN)


def _write_others(folder: Path, outside: Path) -> int:
    """What is no regular file under the name of a session; returns how many."""
    os.mkfifo(folder / "fifo.json")
    devices = 0
    with suppress(PermissionError):  # of whom is not root
        os.mknod(folder / "device.json", stat.S_IFCHR | 0o600, Path("/dev/zero").stat().st_rdev)
        devices = 1
    links = {
        "out": outside,
        "loop": folder / "link loop.json",
        "nowhere": folder / "none",
        "zero": Path("/dev/zero"),
        "terminal": Path("/dev/tty"),
        "random": Path("/dev/urandom"),
    }
    for name, target in links.items():
        (folder / f"link {name}.json").symlink_to(target)
    (folder / "folder.json").mkdir()
    here = Path.cwd()
    os.chdir(folder)  # a socket's name may be 107 bytes long, and paths of tests are longer
    try:
        with socket.socket(socket.AF_UNIX) as made:
            made.bind("socket.json")
    finally:
        os.chdir(here)
    (folder / "left.json.1.x\x1b[2J.tmp").write_bytes(b"{")
    return len(links) + devices + 3


def _write_projects(folder: Path) -> None:
    folder.mkdir()
    for number, text in enumerate(SHORT.values()):
        project_id = f"00000000-0000-4000-8000-{number:012d}"
        fields = {"id": project_id, "name": text, "icon": text[:4], "created_at": text}
        (folder / f"{project_id}.json").write_bytes(encoded(fields))
    (folder / "00000000-0000-4000-8000-ffffffffffff.json").write_bytes(b"\x1b]0;HOSTILE\x07")
    os.mkfifo(folder / "00000000-0000-4000-8000-fffffffffffe.json")


_TURNS_TEXT: Final = frozenset(
    map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C))
)
_WIDTHLESS: Final = frozenset("\u200b\u2060\ufeff\u00ad\u180e\u034f")


def harm(text: str, allowed: str = "\n") -> set[str]:
    """The characters of a shown text that could do anything to who looks at it."""
    kinds = {c: unicodedata.category(c) for c in set(text) - set(allowed)}
    unseen = _TURNS_TEXT | _WIDTHLESS
    found = {c for c, kind in kinds.items() if kind in {"Cc", "Cs"} or c in unseen}
    marks = "".join(c for c, kind in kinds.items() if kind in {"Mn", "Me"})
    if marks and re.search(f"[{marks}]{{5}}", text):
        found |= set(marks)
    return found
