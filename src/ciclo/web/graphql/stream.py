"""Streams of answers: let no exception of a live operation break its connection."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from graphql import GraphQLError
from strawberry.schema.schema import StreamResult
from strawberry.types.execution import ExecutionResult, PreExecutionError

from graphql_schema.execution.masking import Code, mask_error, mask_result


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
