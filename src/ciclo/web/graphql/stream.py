"""Streams of answers: no exception breaks one, and none outlives the token that it was opened with."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import Final

from graphql import GraphQLError
from strawberry.schema.schema import StreamResult
from strawberry.types.execution import ExecutionResult, PreExecutionError

from ciclo.viewer import Viewer, ViewerKind
from ciclo.web.graphql.context import ViewerContext
from ciclo.web.problems import HttpProblem
from graphql_schema.execution.masking import Code, mask_error, mask_result

OPEN_S_MAX: Final = 3_600.0
"""A stream or a socket ends after an hour, and clients connect again, with a token that is still good."""

EXPIRED: Final = "the access token has expired; connect again with a new one"
LONG_ENOUGH: Final = "connect again"


def open_s_max(viewer: Viewer) -> float:
    """Return for how many seconds from now a stream of *viewer* may stay open."""
    if viewer.valid_until is None:
        return OPEN_S_MAX
    return max(0.0, min(OPEN_S_MAX, viewer.valid_until - time.time()))


async def end_in_time(
    source: AsyncGenerator[ExecutionResult, None], *, viewer: Viewer
) -> AsyncGenerator[ExecutionResult, None]:
    """Yield what *source* yields; once the time of *viewer* is over, an error that says so, and no more."""
    seconds = open_s_max(viewer)
    ends_at = asyncio.get_running_loop().time() + seconds
    async with aclosing(source):
        while True:
            try:
                async with asyncio.timeout_at(ends_at):
                    result = await anext(source)
            except StopAsyncIteration:
                return
            except TimeoutError:
                over = _long_enough() if seconds == OPEN_S_MAX else _expired()
                yield ExecutionResult(data=None, errors=[mask_error(over, default=Code.BAD_REQUEST)])
                return
            yield result


async def end_with_key(
    source: AsyncGenerator[ExecutionResult, None],
    *,
    viewer: Viewer,
    renew: Callable[[], Awaitable[ViewerContext]],
) -> AsyncGenerator[ExecutionResult, None]:
    """Yield what *source* yields while a key or a session is taken: *renew* asks before each answer.

    So a revoked key and a browser that was signed out hear nothing more, although their stream may stay open
    in silence; nor does who has other roles meanwhile.
    """
    async with aclosing(source):
        async for result in source:
            if viewer.kind is ViewerKind.SERVICE or viewer.session:
                try:
                    is_same = (await renew()).viewer == viewer
                except HttpProblem:
                    is_same = False
                if not is_same:
                    yield ExecutionResult(
                        data=None, errors=[mask_error(_expired(), default=Code.BAD_REQUEST)]
                    )
                    return
            yield result


async def guard_results(source: StreamResult) -> AsyncGenerator[ExecutionResult, None]:
    """Yield what *source* yields, errors masked; an exception becomes its last answer."""
    begun = False
    try:
        async with aclosing(source):
            async for result in source:
                assert isinstance(result, ExecutionResult)  # incremental delivery is off
                mask_result(result)
                yield result
                begun = True
    except Exception as error:  # noqa: BLE001 - logged and masked by `shown`
        located = error if isinstance(error, GraphQLError) else GraphQLError("", original_error=error)
        errors: list[GraphQLError] = [mask_error(located, default=Code.BAD_USER_INPUT)]
        yield (ExecutionResult if begun else PreExecutionError)(data=None, errors=errors)


def _expired() -> GraphQLError:
    return GraphQLError(EXPIRED, extensions={"code": "TOKEN_EXPIRED"})


def _long_enough() -> GraphQLError:
    return GraphQLError(LONG_ENOUGH, extensions={"code": "CONNECT_AGAIN"})
