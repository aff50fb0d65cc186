"""Which of many named things are left as a name is typed."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from oxtui.store.names import folded

_Thing = TypeVar("_Thing")


def matching_names(
    things: Iterable[_Thing], typed: str, name: Callable[[_Thing], str]
) -> list[_Thing]:
    """The things whose names contain what was typed, those that begin with it first.

    Args:
        things: What there is, in the order in which it is listed.
        typed: What was typed; nothing leaves all of them.
        name: What a thing is called.
    """
    wanted = folded(typed)
    found = [(called, thing) for thing in things if wanted in (called := folded(name(thing)))]
    found.sort(key=lambda each: not each[0].startswith(wanted))
    return [thing for _, thing in found]
