"""How the made-up conversations are written down: talks, turns, calls, thoughts."""

import inspect
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, NamedTuple

Era = Literal["segments", "plain", "early"]

_BLOCK: Final = re.compile(r"\s*(?:[-*+] |\d+[.)] |#{1,6} |\||>|```|---)")
_STANDS_ALONE: Final = re.compile(r"\s*(?:#{1,6} |\||>|```|---)")
_QUOTED: Final = re.compile(r"\s*> (?=\S)")
_SIGNATURE: Final = re.compile(r"\s*> —")
_NO_SPACES: Final = re.compile(r"[\u3000-\u9fff\uff00-\uff60]")


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a tool.

    Attributes:
        tool: Its name.
        args: What it was given.
        output: What it gave back.
        duration_ms: How long it took.
        failed: Whether it failed, which only early files say.
    """

    tool: str
    args: Mapping[str, str | int]
    output: str
    duration_ms: int
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Thought:
    """What the agent thought before its next call, or before its answer."""

    text: str


Step = Call | Thought


@dataclass(frozen=True, slots=True)
class Turn:
    """A message of the user, what the agent did, and its answer.

    Attributes:
        user: The message.
        steps: Thoughts and calls, in order.
        answer: The answer; empty if the turn was cancelled, None if there is none yet.
        after_minutes: How long after the turn before this one was saved.
    """

    user: str
    steps: tuple[Step, ...] = ()
    answer: str | None = None
    after_minutes: float = 3.0


@dataclass(frozen=True, slots=True)
class When:
    """When a talk was last written to, seen from now: minutes ago, or a time on an earlier day."""

    minutes: float = 0
    days: int = 0
    clock: str = ""

    def before(self, now: datetime) -> datetime:
        """The moment itself, in the time zone of `now`."""
        if not self.clock:
            return now - timedelta(minutes=self.minutes)
        hour, minute = map(int, self.clock.split(":"))
        day = now - timedelta(days=self.days)
        return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """A session to be.

    Attributes:
        key: What other talks call it.
        project: The name of its project; None for unfiled.
        last: When it was last written to.
        turns: What was said.
        title: `metadata.title`, where the user gave one.
        parent: The key of the talk that started it.
        user_id: Where the user sat.
        persona: The persona in use.
        era: How an Oxios of its time wrote it: thoughts in segments, thoughts in one piece, or
            neither thoughts nor ranges of calls.
        legacy_project_key: The key of the metadata that holds the project, in early files.
        metadata: More metadata.
    """

    key: str
    project: str | None
    last: When
    turns: tuple[Turn, ...]
    title: str | None = None
    parent: str | None = None
    user_id: str = "default"
    persona: str | None = None
    era: Era = "segments"
    legacy_project_key: Literal["project_id", "project_ids"] | None = None
    metadata: Mapping[str, str | int | Mapping[str, str | int]] | None = None


class Recipe(NamedTuple):
    """A kind of talk. A variant fills the `@name@` places of its turns; some tails may follow."""

    project: str | None
    turns: tuple[Turn, ...]
    variants: tuple[Mapping[str, str], ...]
    tails: tuple[Turn, ...]


def ago(minutes: float) -> When:
    """That many minutes ago."""
    return When(minutes=minutes)


def on(days: int, clock: str) -> When:
    """At a time of day (`14:34`), that many days ago; at least one."""
    return When(days=days, clock=clock)


def think(text: str) -> Thought:
    """A thought, written over several lines where it is long."""
    return Thought(prose(text))


def call(tool: str, duration_ms: int, output: str, /, **args: str | int) -> Call:
    """A call that did what it should, or whose output says that it did not."""
    return Call(tool, args, inspect.cleandoc(output), duration_ms)


def failed(tool: str, duration_ms: int, output: str, /, **args: str | int) -> Call:
    """A call that an early version of Oxios marked as failed."""
    return Call(tool, args, inspect.cleandoc(output), duration_ms, failed=True)


def turn(user: str, *steps: Step, answer: str | None = None, after: float = 3.0) -> Turn:
    """A turn that was saved `after` minutes after the one before it."""
    said = None if answer is None else prose(answer)
    return Turn(prose(user), steps, said, after)


def prose(text: str) -> str:
    """Markdown as a person or a model would send it: not indented, a paragraph on one line.

    Fenced code, tables and the line breaks between list items stay; a quote is joined like any
    paragraph, but for the dash of who said it.
    """
    lines: list[str] = []
    fenced = joinable = False
    for line in inspect.cleandoc(text).split("\n"):
        fence = line.lstrip().startswith("```")
        if not fenced and lines and _continues_quote(lines[-1], line):
            lines[-1] = _joined(lines[-1], _QUOTED.sub("", line, count=1))
        elif fenced or fence or not line.strip() or not joinable or _BLOCK.match(line):
            lines.append(line)
        else:
            lines[-1] = _joined(lines[-1], line.strip())
        fenced ^= fence
        joinable = bool(line.strip()) and not fenced and not _STANDS_ALONE.match(line)
    return "\n".join(lines)


def _continues_quote(before: str, line: str) -> bool:
    quoted = _QUOTED.match(before) and _QUOTED.match(line)
    return bool(quoted) and not _SIGNATURE.match(line)


def _joined(before: str, after: str) -> str:
    unspaced = _NO_SPACES.match(before[-1]) and _NO_SPACES.match(after[0])
    return f"{before}{after}" if unspaced else f"{before} {after}"
