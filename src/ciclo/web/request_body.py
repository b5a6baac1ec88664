"""Request bodies: read JSON bytes from a request within bounds of size and time."""

import asyncio
import re
from typing import Final

from starlette.requests import Request
from starlette.types import Receive

from ciclo import deadline
from ciclo.web.header_fields import values_of
from ciclo.web.problems import HttpProblem

BODY_S_MAX: Final = 20.0

_JSON: Final = re.compile(rb'application/json(?:[ \t]*;[ \t]*charset=(?:utf-8|"utf-8"))?', re.IGNORECASE)
_LENGTH: Final = re.compile(rb"[0-9]{1,19}")


async def read_body(request: Request, *, bytes_max: int, seconds_max: float = BODY_S_MAX) -> bytes:
    """Return the raw body of a request that says it is JSON.

    Raises:
        HttpProblem: 415 for any other type or an encoding, 413 for more than *bytes_max*,
            whether the length was announced or not, 408 when it takes more than
            *seconds_max*, 400 when the caller hangs up.
    """
    types, codings, lengths = values_of(
        request.scope["headers"], b"content-type", b"content-encoding", b"content-length"
    )
    _check_type(types, codings)
    if any(not _LENGTH.fullmatch(length) or int(length) > bytes_max for length in lengths):
        raise _too_large(bytes_max)
    try:
        async with asyncio.timeout(seconds_max):
            body = await _received(request.receive, bytes_max)
    except TimeoutError as error:
        raise HttpProblem(status=408, code="BODY_TOO_SLOW", detail="the body took too long") from error
    if (answer_due := deadline.current()) is not None:
        answer_due.restart()  # a slow sender has used up their own time
    return body


async def _received(receive: Receive, bytes_max: int) -> bytes:
    body, is_whole = bytearray(), False
    while not is_whole:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise HttpProblem(status=400, code="BODY_INCOMPLETE", detail="the body ended early")
        body += message.get("body", b"")
        if len(body) > bytes_max:
            raise _too_large(bytes_max)
        is_whole = not message.get("more_body", False)
    return bytes(body)


def _check_type(types: list[bytes], codings: list[bytes]) -> None:
    if len(types) != 1 or _JSON.fullmatch(types[0].strip()) is None:
        raise HttpProblem(
            status=415,
            code="UNSUPPORTED_MEDIA_TYPE",
            detail="send application/json, as UTF-8",
            headers={"accept": "application/json"},
        )
    if any(coding.strip().lower() != b"identity" for coding in codings):
        raise HttpProblem(
            status=415,
            code="UNSUPPORTED_CONTENT_ENCODING",
            detail="send the body without content-encoding",
            headers={"accept-encoding": "identity"},
        )


def _too_large(bytes_max: int) -> HttpProblem:
    return HttpProblem(status=413, code="BODY_TOO_LARGE", detail=f"a body has at most {bytes_max} bytes")
