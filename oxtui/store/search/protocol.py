"""What the application and its search worker tell each other, through two pipes.

A message is its length and then MessagePack. Names of sessions go as the bytes that the file system
has, and queries as bytes too, since neither needs to be text that can be encoded.
"""

import struct
from typing import Final

import msgspec

LENGTH: Final = struct.Struct(">I")


class LookAgain(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """These sessions were written, or are gone."""

    names: list[bytes]


class Survey(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Anything may have changed."""


class Seek(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """Find this instead of what was sought so far; an empty needle ends that."""

    number: int
    needle: bytes


class Found(msgspec.Struct, frozen=True, array_like=True):
    """What was found for a `Seek` since the last one of these."""

    number: int
    names: list[bytes]
    lost: list[bytes]
    unread: int
    done: bool


Request = LookAgain | Survey | Seek

_ENCODER: Final = msgspec.msgpack.Encoder()
REQUESTS: Final = msgspec.msgpack.Decoder[Request](Request)
ANSWERS: Final = msgspec.msgpack.Decoder(Found)


def framed(message: Request | Found) -> bytes:
    """A message as it goes through a pipe."""
    content = _ENCODER.encode(message)
    return LENGTH.pack(len(content)) + content


def needle_of(query: str) -> bytes:
    """What is searched for in folded text."""
    return query.casefold().encode("utf-8", "surrogatepass")
