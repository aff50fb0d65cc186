"""A session as one HTML page: no scripts, nothing fetched, everything of the file escaped."""

from collections.abc import Iterator
from html import escape
from typing import Final

from oxtui.export.reading import ReadSession
from oxtui.export.text import call_line, facts, written
from oxtui.glyphs import UNICODE
from oxtui.replay.calls import Mark, as_text, mark
from oxtui.replay.turns import Call, Outcome, Thought, Turn, turns
from oxtui.sanitize import sanitize
from oxtui.store.timestamps import Timestamp, local_time
from oxtui.units import span

_NO_ANSWER: Final = {Outcome.OPEN: "No answer.", Outcome.CANCELLED: "Cancelled."}
_CLASSES: Final = {Mark.OK: "call", Mark.FAILED: "call failed", Mark.SUSPECTED: "call suspected"}
_STYLE: Final = """
:root { color-scheme: light dark; --line: #8884; --soft: #8882; --dim: #888; --you: #3b6fd4; }
body { max-width: 52rem; margin: 2rem auto; padding: 0 1rem;
  font: 1rem/1.55 system-ui, sans-serif; }
h1 { font-size: 1.5rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { font-size: 0.85rem; margin: 1.5rem 0 0.3rem; color: var(--dim); }
h2 b { color: CanvasText; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 1rem; font-size: 0.85rem; }
dt { color: var(--dim); }
dd { margin: 0; overflow-wrap: anywhere; }
.text { white-space: pre-wrap; overflow-wrap: anywhere; tab-size: 4; }
.you { border-left: 3px solid var(--you); padding-left: 0.8rem; }
.thought { color: var(--dim); font-style: italic; margin: 0.5rem 0; }
details.call { margin: 0.15rem 0; font: 0.85rem/1.5 ui-monospace, monospace; }
details.call summary { cursor: pointer; overflow-wrap: anywhere; }
details.call pre { margin: 0.3rem 0 0.6rem 1rem; padding: 0.5rem; background: var(--soft);
  white-space: pre-wrap; overflow-wrap: anywhere; }
.failed summary { color: #d33; }
.suspected summary { color: #b70; }
.gap { text-align: center; color: var(--dim); font-size: 0.85rem; border-top: 1px solid var(--line);
  margin-top: 1.5rem; padding-top: 0.3rem; }
"""
_PAGE: Final = """\
<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""


def to_html(read: ReadSession) -> str:
    """The whole session as a page that stands by itself."""
    rows = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in facts(read))
    parts = [f"<dl>{rows}</dl>"]
    for turn in turns(read.transcript):
        parts += _turn(turn)
    title = escape(sanitize(read.title))
    return _PAGE.format(title=title, style=_STYLE, body="\n".join(parts))


def _turn(turn: Turn) -> Iterator[str]:
    if turn.message is not None:
        yield _heading("You", turn.message.timestamp)
        yield _text("you", turn.message.content)
    elif turn.stray:
        yield "<h2><b>Of no turn</b></h2>"
    for entry in turn.entries:
        yield _call(entry) if isinstance(entry, Call) else _thought(entry)
    if turn.answer is not None and turn.answer.content:
        yield _heading("Agent", turn.answer.timestamp)
        yield _text("agent", turn.answer.content)
    elif not turn.stray:
        yield f'<p class="thought">{_NO_ANSWER[turn.outcome]}</p>'
    if turn.gap_ns is not None:
        yield f'<div class="gap">{span(turn.gap_ns)} later</div>'


def _heading(who: str, when: Timestamp) -> str:
    return f"<h2><b>{who}</b> {escape(local_time(when))}</h2>"


def _text(kind: str, text: str) -> str:
    return f'<div class="text {kind}">{escape(written(text))}</div>'


def _thought(thought: Thought) -> str:
    return _text("thought", thought.text.strip())


def _call(call: Call) -> str:
    step = call.step
    inside = "".join(
        f"<pre>{escape(written(text))}</pre>"
        for text in (as_text(step.tool_args), step.output_summary)
        if text.strip()
    )
    line = escape(call_line(call, UNICODE))
    return f'<details class="{_CLASSES[mark(step)]}"><summary>{line}</summary>{inside}</details>'
