"""Exports over HTTP: a file of payments, invoices, customers or other things, for operators."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from enum import StrEnum
from typing import Final, TypeVar

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from ciclo.actions.dependencies import Deps
from ciclo.actions.exports import Export, ExportChunk, export_chunks, validate_export
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.period import Period
from ciclo.exports.formats import MEDIA_TYPES
from ciclo.exports.kinds import Format, Kind
from ciclo.viewer import Actor, Viewer
from ciclo.web.admission import actor_of, require_permission
from ciclo.web.problems import HttpProblem

ROUTE: Final = "/exports/{kind}.{form}"

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)

Word = TypeVar("Word", bound=StrEnum)


def export_routes(
    deps: Callable[[Request], Deps], viewer: Callable[[Request], Awaitable[Viewer]]
) -> list[Route]:
    """Return the routes; *deps* gives the connections once the application has started."""

    async def export(request: Request) -> Response:
        by = await viewer(request)
        require_permission(by, ROUTE, customers=False)
        wanted = read_export_request(request)
        return await _export(deps(request), wanted, by=actor_of(by), with_body=request.method != "HEAD")

    return [Route(ROUTE, export, methods=["GET"])]


def read_export_request(request: Request) -> Export:
    """Return what a request asks for.

    Raises:
        HttpProblem: there is no such export, or its days are not to be understood.
    """
    params = request.path_params
    kind = _word(Kind, params["kind"], code="UNKNOWN_EXPORT")
    form = _word(Format, params["form"], code="UNKNOWN_EXPORT_FORMAT")
    window = Period(_day(request.query_params, "from"), _day(request.query_params, "to"))
    try:
        return validate_export(Export(kind=kind, form=form, window=window))
    except InvalidValue as error:
        raise HttpProblem(status=400, code="INVALID_RANGE", detail=str(error)) from None


async def _export(deps: Deps, wanted: Export, *, by: Actor, with_body: bool) -> Response:
    headers = {
        "content-disposition": f'attachment; filename="{wanted.file_name}"',
        "content-type": MEDIA_TYPES[wanted.form],
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
    }
    if not with_body:
        return Response(headers=headers)
    pieces = export_chunks(deps, wanted, by=by)
    return StreamingResponse(_contents(await _beginning(pieces), pieces), headers=headers)


async def _beginning(pieces: AsyncIterator[ExportChunk]) -> list[ExportChunk]:
    """Return the head and the first rows: what fails up to here can still be answered as a problem."""
    return [await anext(pieces), await anext(pieces, ExportChunk(b"", 0))]


async def _contents(first: list[ExportChunk], rest: AsyncIterator[ExportChunk]) -> AsyncIterator[bytes]:
    """Yield a file's bytes.

    What fails here fails in the middle of an answer: the server then closes the connection without the
    last chunk, by which every client tells a part from the whole (RFC 9112, section 8).
    """
    for piece in first:
        if piece.content:
            yield piece.content
    async for piece in rest:
        yield piece.content


def _word(words: type[Word], text: str, *, code: str) -> Word:
    try:
        return words(text)
    except ValueError:
        known = ", ".join(word.value for word in words)
        raise HttpProblem(status=404, code=code, detail=f"there is only {known}") from None


def _day(params: QueryParams, name: str) -> date:
    """Return the day that a parameter names once, in the one form that is taken."""
    try:
        [text] = params.getlist(name)
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise HttpProblem(status=400, code="INVALID_DATE", detail=f"{name}: a day such as 2026-01-31, once")
