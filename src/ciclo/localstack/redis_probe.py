"""A few words of the Redis protocol, for proving which server answers before anything is entrusted to it."""

import socket
from typing import BinaryIO, Final

ANSWER_S_MAX: Final = 2.0
BULK_BYTES_MAX: Final = 1_048_576
ITEMS_MAX: Final = 64

Reply = str | list["Reply"] | None


class Refused(Exception):
    """The server answered with an error."""


def ask(port: int, *commands: str) -> list[Reply]:
    """Send inline *commands* to 127.0.0.1:*port* on one connection and return their replies.

    Raises:
        OSError: nobody listens, or the answer broke off.
        Refused: a command got an error.
    """
    with (
        socket.create_connection(("127.0.0.1", port), timeout=ANSWER_S_MAX) as connection,
        connection.makefile("rb") as answers,
    ):
        connection.sendall("".join(f"{command}\r\n" for command in commands).encode())
        return [_read(answers) for _ in commands]


def _read(answers: BinaryIO) -> Reply:
    line = answers.readline(BULK_BYTES_MAX).removesuffix(b"\r\n").decode("utf-8", "replace")
    kind, rest = line[:1], line[1:]
    if kind == "-":
        raise Refused(rest)
    if kind in {"+", ":"}:
        return rest
    if kind == "$" and int(rest) <= BULK_BYTES_MAX:
        return _bulk(answers, int(rest))
    if kind == "*" and int(rest) <= ITEMS_MAX:
        return [_read(answers) for _ in range(int(rest))]
    raise ConnectionError(f"not an answer of Redis: {line[:40]!r}")


def _bulk(answers: BinaryIO, length: int) -> str | None:
    if length < 0:
        return None
    content = answers.read(length + 2)
    if len(content) < length + 2:
        raise ConnectionError("the answer broke off")
    return content[:-2].decode("utf-8", "replace")
