"""Which names stay inside their folder, and which are the same to a reader.

The first is as `state_store.rs: validate_name, validate_category`.
"""

import unicodedata

from oxtui.errors import InvalidNameError


def check_name(name: str) -> None:
    r"""Refuses a name with `..`, `/`, `\` or NUL in it, an empty one, and one that is not UTF-8.

    The last can be in no JSON, so neither Oxios nor the journal could speak of the file.

    Raises:
        InvalidNameError: It is such a name.
    """
    if not name or ".." in name or any(c in name for c in "/\\\0"):
        raise InvalidNameError(f"{name!r} is no name of a file: without .., /, \\ and NUL, please.")
    if not is_utf8(name):
        raise InvalidNameError(f"{name!r} is no name that Oxios can read: it is not UTF-8.")


def is_utf8(text: str) -> bool:
    """Whether a text can be written; Python holds bytes that are not UTF-8 as lone surrogates."""
    return text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text)


def folded(text: str) -> str:
    """A name as it is compared: without regard to case, to composition and to space around it."""
    return unicodedata.normalize("NFC", text.strip()).casefold()


def check_category(category: str) -> None:
    r"""Refuses a category with `..`, `\` or NUL in it, or with an empty part.

    Raises:
        InvalidNameError: It is such a category.
    """
    if any(c in category for c in ("..", "\\", "\0")) or not all(category.split("/")):
        raise InvalidNameError(f"{category!r} is no category of a store.")
