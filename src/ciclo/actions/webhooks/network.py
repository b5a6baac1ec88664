"""The network that messages go through: names are resolved here, and only what was checked is connected to.

A name is looked up once for each connection. All of its addresses must be public, and the socket goes to one
of those very addresses, so that a name that answers otherwise a moment later gains nothing. The certificate
and the Host header are the name's, as always.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import httpcore

from ciclo.domain.webhooks.addresses import IpNetwork, may_connect

ADDRESSES_MAX: Final = 4
"""Of one name: the first that takes the connection is it."""

THREADS_MAX: Final = 64
"""Look-ups under way; they wait in threads of their own, since a slow name server is somebody's fault."""

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""Returns a host's addresses; raises OSError if it has none."""

SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


class ForbiddenAddress(Exception):
    """A name leads to an address that messages may not be sent to."""

    def __init__(self, host: str) -> None:
        super().__init__(f"{host} leads to an address that is not public")


class Resolver:
    """Asks the system for a host's addresses, in threads that nothing else needs."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(max_workers=THREADS_MAX, thread_name_prefix="webhook-names")

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses of *host*.

        Raises:
            OSError: it has none.
        """
        found = await asyncio.get_running_loop().run_in_executor(
            self._threads, lambda: socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        )
        return list(dict.fromkeys(str(address[0]) for *_, address in found))

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class PublicNetwork(httpcore.AsyncNetworkBackend):
    """Connects to public addresses, and to those in *networks*."""

    def __init__(self, resolve: Resolve, networks: Sequence[IpNetwork]) -> None:
        self._resolve = resolve
        self._networks = networks
        self._backend: httpcore.AsyncNetworkBackend = httpcore.AnyIOBackend()

    async def connect_tcp(  # noqa: PLR0917 - httpcore's shape
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the same
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to one of the addresses that *host* has now.

        Raises:
            ForbiddenAddress: one of them is not public.
            ConnectError, ConnectTimeout: it has none, or none takes the connection.
        """
        refusal: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in await self.check(host, port):
            try:
                return await self._backend.connect_tcp(
                    address,
                    port,
                    timeout=timeout,
                    local_address=local_address,
                    socket_options=socket_options,
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                refusal = error
        raise refusal

    async def check(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses of *host* that may be connected to, at most ADDRESSES_MAX.

        Raises:
            ForbiddenAddress: one of all that it has is not public.
            ConnectError: it has none.
        """
        try:
            addresses = await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError(f"{host} has no address") from error
        if not may_connect(addresses, networks=self._networks):
            raise ForbiddenAddress(host)
        return addresses[:ADDRESSES_MAX]

    async def sleep(self, seconds: float) -> None:
        """Wait, between two tries of the pool to connect."""
        await self._backend.sleep(seconds)
