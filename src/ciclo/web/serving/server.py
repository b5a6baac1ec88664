"""The server of one API process: uvicorn's, with an end that drops no request.

uvicorn closes every connection on which nothing is being answered, and a request may be on its way on
one. Here each connection gets an answer that says `Connection: close` first, so that its client goes
elsewhere by itself: to another process on the same socket, or to wherever the balancer leads.
"""

import asyncio
import socket
from collections.abc import Callable, Iterator
from typing import Final

import uvicorn

from ciclo.web.serving.drain import Drain
from ciclo.web.serving.http_protocol import BoundedHttpProtocol

LAST_REQUEST_S_MAX: Final = 2.0
"""Once nobody new is taken, a connection has so long to bring the request that may be on its way already."""

GRACEFUL_S_MAX: Final = 20
"""How long requests may take then that are being answered."""

TICK_S: Final = 0.05


class DrainingServer(uvicorn.Server):
    """Serves until SIGTERM; then answers what comes for *drain_s*, takes nobody new, and ends.

    Args:
        config: How the application is served.
        drain: Told how far the end is.
        drain_s: For so long new connections are taken still, in seconds: a balancer needs a while.
        tell: Told `READY=1` when requests are taken, `STOPPING=1` when the end begins.
    """

    def __init__(
        self, config: uvicorn.Config, *, drain: Drain, drain_s: float, tell: Callable[[str], None]
    ) -> None:
        super().__init__(config)
        self._drain = drain
        self._drain_s = drain_s
        self._tell = tell

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to serve, and say so."""
        await super().startup(sockets)
        self._tell("READY=1")

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End in steps; a second signal goes through them at once."""
        self._tell("STOPPING=1")
        self._drain.begun = True
        await self._answer_last(self._drain_s, until=lambda: False)
        for server in self.servers:
            server.close()
        for listener in sockets or ():
            listener.close()
        self._drain.close()
        await self._answer_last(LAST_REQUEST_S_MAX, until=lambda: not any(self._awaiting()))
        await super().shutdown(sockets)

    async def _answer_last(self, seconds: float, *, until: Callable[[], bool]) -> None:
        """Let each connection end with its next answer, for some *seconds* or *until* none is left."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + seconds
        while loop.time() < ends_at and not self.force_exit:
            for connection in self._http():
                connection.answer_last()
            # Before the look: what was accepted a moment ago is no connection yet.
            await asyncio.sleep(TICK_S)
            if until():
                return

    def _http(self) -> Iterator[BoundedHttpProtocol]:
        """Yield the connections that are no WebSocket; those are closed with 1012 in the end."""
        for connection in list(self.server_state.connections):
            if isinstance(connection, BoundedHttpProtocol):
                yield connection

    def _awaiting(self) -> Iterator[BoundedHttpProtocol]:
        yield from (connection for connection in self._http() if not connection.is_answering)
