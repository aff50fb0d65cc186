"""What the sidebar remembers from one run to the next."""

from typing import Self, cast

import msgspec
from msgspec import structs

from oxtui.store.values import SessionId
from oxtui.ui.sidebar.groups import Order
from oxtui.ui.sidebar.rows import RowKey


class SidebarState(msgspec.Struct, frozen=True):
    """How the tree is shown.

    Attributes:
        open_groups: The keys of the groups that are open.
        cursor_group: The group that the cursor is in; None before it ever was in one.
        cursor_session: The session that it is on; None on a group's header.
        order: What groups are sorted by, the value of an `Order`.
        flat: Whether all sessions stand in one list.
    """

    open_groups: tuple[str, ...] = ()
    cursor_group: str | None = None
    cursor_session: str | None = None
    order: str = Order.UPDATED.value
    flat: bool = False

    @property
    def cursor(self) -> RowKey | None:
        """The row of the cursor."""
        if self.cursor_group is None:
            return None
        session = self.cursor_session
        return RowKey(self.cursor_group, None if session is None else SessionId(session))

    @property
    def sorting(self) -> Order:
        """What groups are sorted by."""
        return Order(self.order)

    def to_json(self) -> dict[str, object]:
        """The state as values that JSON knows."""
        return {**structs.asdict(self), "open_groups": list(self.open_groups)}

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Reads what `to_json` wrote; what is missing or of a wrong kind takes its default."""
        given = cast("dict[str, object]", value) if isinstance(value, dict) else {}
        groups = given.get("open_groups")
        groups = cast("list[object]", groups) if isinstance(groups, list) else []
        order = given.get("order")
        return cls(
            open_groups=tuple(group for group in groups if isinstance(group, str)),
            cursor_group=_text(given.get("cursor_group")),
            cursor_session=_text(given.get("cursor_session")),
            order=order if isinstance(order, str) and _is_order(order) else cls().order,
            flat=given.get("flat") is True,
        )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _is_order(value: str) -> bool:
    return any(value == order.value for order in Order)
