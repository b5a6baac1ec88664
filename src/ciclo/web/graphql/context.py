"""What the GraphQL view is given: the context of each operation, and who watches over its execution."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, Protocol, TypeVar

from starlette.requests import Request
from starlette.websockets import WebSocket
from strawberry.types import ExecutionResult

from ciclo.viewer import Viewer


class ViewerContext(Protocol):
    """What the view has to know of a context: who asks, and whether something was done already."""

    viewer: Viewer
    has_changed: bool


ContextT = TypeVar("ContextT", bound=ViewerContext)
NewContext = Callable[[Request | WebSocket, Mapping[str, object] | None], Awaitable[ContextT]]
"""Makes the context of one operation from its request, or from a socket and its connection_init payload.

It raises HttpProblem (TokenRejected, for one) to refuse; it must let anonymous callers in.
"""

Execute = Coroutine[Any, Any, ExecutionResult]
Within = Callable[[Request, Execute], Execute]
"""Executes an operation, or raises StoreAway once it is known that there is no point in waiting."""


async def execute_unbounded(_request: Request, work: Execute) -> ExecutionResult:
    """Execute an operation, however long it takes."""
    return await work
