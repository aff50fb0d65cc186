"""What a command is about: which store, which of its sessions."""

import os
from collections.abc import Callable, Collection
from itertools import pairwise
from os.path import commonprefix
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import click

from oxtui.cli.output import say
from oxtui.errors import InvalidValueError, NotFoundError
from oxtui.locations import StoreLocation, locate_store, require_store
from oxtui.sanitize import sanitize

if TYPE_CHECKING:
    from oxtui.store.values import SessionId

_STORE: Final = "oxtui.cli.store"
_LISTED: Final = 4
_LIST_HINT: Final = "`oxtui list` shows what is"
_SHORTEST_ID: Final = 8

AnyCommand = TypeVar("AnyCommand", bound=Callable[..., object])


def store_option(command: AnyCommand) -> AnyCommand:
    """Lets a command, or the group around it, be told the store; the one said last counts."""
    return click.option(
        "-s",
        "--store",
        metavar="DIR",
        type=click.Path(),
        expose_value=False,
        callback=_remember,
        help="The store; else $OXTUI_STORE, else the one that Oxios uses.",
    )(command)


def _remember(ctx: click.Context, _parameter: click.Parameter, value: str | None) -> None:
    if value == "":
        raise click.BadParameter("the name of a folder is missing")
    if value is not None:
        ctx.meta[_STORE] = Path(value)


def store_location(folder: Path | None = None) -> StoreLocation:
    """Where the store should be: `folder`, else what an option says, else where one usually is."""
    return locate_store(folder or click.get_current_context().meta.get(_STORE))


def store_base() -> Path:
    """The folder of the store that a command works on.

    Raises:
        StoreNotFoundError: There is none.
    """
    return require_store(store_location())


def why_read_only(base: Path) -> str | None:
    """Why nothing in a store may be written; None when it may."""
    return None if os.access(base, os.W_OK | os.X_OK) else "its folder can't be written"


def find_session(base: Path, text: str) -> "SessionId":
    """The session that `text` means: its id, or the start of only one id.

    Raises:
        InvalidNameError: It is not the name of a file.
        InvalidValueError: Several ids begin so.
        NotFoundError: None does.
    """
    from oxtui.store.layout import SESSIONS, session_file, session_id_of
    from oxtui.store.names import check_name
    from oxtui.store.summaries.scan import session_files
    from oxtui.store.values import SessionId

    check_name(text)
    if os.path.lexists(base / session_file(text)):
        return SessionId(text)
    names = (session_id_of(each.name) for each in session_files(base / SESSIONS))
    return SessionId(only_one(text, list(names), "session", _LIST_HINT))


def find_session_to_change(base: Path, text: str) -> "SessionId":
    """The session that `text` means to a command that changes something: its id as a whole.

    The start of an id is enough from eight characters on, and if no other session begins so, be it
    in the store or in the trash; it is said then which it is. A session that was just deleted is
    never taken for another one of a longer name.

    Raises:
        InvalidNameError: It is not the name of a file.
        InvalidValueError: Several ids begin so.
        NotFoundError: None does, or it is too short.
        UnreadableError: What is in the trash can't be known.
    """
    from oxtui.store.layout import SESSIONS, session_file, session_id_of
    from oxtui.store.names import check_name
    from oxtui.store.summaries.scan import session_files
    from oxtui.store.trash import Trash
    from oxtui.store.values import SessionId

    check_name(text)
    if os.path.lexists(base / session_file(text)):
        return SessionId(text)
    there = {session_id_of(each.name) for each in session_files(base / SESSIONS)}
    trashed = {entry.name for entry in Trash(base).entries()}
    return SessionId(the_one_to_change(text, there, there | trashed, "session", _LIST_HINT))


def the_one_to_change(
    text: str, names: Collection[str], others: Collection[str], noun: str, hint: str
) -> str:
    """The one of `names` that begins with `text`, as none of `others` does; says which it is.

    Raises:
        InvalidValueError: Several do.
        NotFoundError: None does, or `text` is too short to rely on.
    """
    if len(text) < _SHORTEST_ID:
        raise NotFoundError(
            f"There is no {noun} {sanitize(text)}; {hint}. What changes something takes a whole"
            f" id, or {_SHORTEST_ID} characters from its start."
        )
    found = only_one(text, {*names, *others}, noun, hint)
    if found not in names:
        raise NotFoundError(f"There is no {noun} {sanitize(text)}; {hint}.")
    say(f"{sanitize(text)} is {sanitize(found)}.")
    return found


def only_one(text: str, names: Collection[str], noun: str, hint: str) -> str:
    """The one of `names` that begins with `text`.

    Raises:
        InvalidValueError: Several do.
        NotFoundError: None does.
    """
    found = sorted(name for name in names if name.startswith(text))
    if not found:
        raise NotFoundError(f"There is no {noun} {sanitize(text)}; {hint}.")
    if len(found) > 1:
        more = f" and {len(found) - _LISTED:,} more" if len(found) > _LISTED else ""
        listed = ", ".join(map(sanitize, found[:_LISTED])) + more
        raise InvalidValueError(
            f"Several ids begin with {sanitize(text)}: {listed}. Give more of the one you mean."
        )
    return found[0]


def telling_length(ids: Collection[str]) -> int:
    """How many characters from the start of each id tell it from all others, 8 at least."""
    same = (len(commonprefix(pair)) for pair in pairwise(sorted(ids)))  # noqa: RUF071 - by character
    return max(_SHORTEST_ID, max(same, default=0) + 1)
