"""The formats of an exported session, and what its file is called."""

import re
import unicodedata
from pathlib import Path
from typing import Final, Literal

from oxtui.errors import InvalidValueError
from oxtui.export.html import to_html
from oxtui.export.reading import ReadSession
from oxtui.sanitize import sanitize

Format = Literal["markdown", "html", "json"]

_ENDINGS: Final[dict[str, Format]] = {".md": "markdown", ".html": "html", ".json": "json"}
# With the ending and what the name of a temp file adds, of letters of four bytes, under 255 bytes.
_LONGEST_SLUG: Final = 48
_BETWEEN_WORDS: Final = re.compile(r"[\W_]+")


def exported(read: ReadSession, format_: Format) -> bytes:
    """A session in a format; as JSON the content of its file as it is."""
    match format_:
        case "markdown":
            from oxtui.export.markdown import to_markdown  # whose grammar nothing else needs

            return to_markdown(read).encode()
        case "html":
            return to_html(read).encode()
        case "json":
            return read.content


def format_of(path: Path) -> Format:
    """The format that the ending of a file's name stands for.

    Raises:
        InvalidValueError: It stands for none.
    """
    format_ = _ENDINGS.get(path.suffix.lower())
    if format_ is None:
        raise InvalidValueError("The name has to end in .md, .html or .json.")
    return format_


def default_name(title: str | None, session_id: str) -> str:
    """The name of a file for a session as Markdown, from its title, else from its id."""
    return f"{_slug(title or '') or _slug(session_id) or 'session'}.md"


def _slug(text: str) -> str:
    """The words of a text as one, of letters and digits that any file system takes."""
    plain = unicodedata.normalize("NFC", sanitize(text[: 4 * _LONGEST_SLUG]))
    slug = _BETWEEN_WORDS.sub("-", plain.casefold()).strip("-")
    return slug[:_LONGEST_SLUG].strip("-")
