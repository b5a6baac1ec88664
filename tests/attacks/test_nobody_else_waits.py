"""Whatever a caller does, others are answered: a second client asks /healthz while each attack runs."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest

from ciclo.actions.live_updates import LISTENERS_OF_VIEWER_MAX
from ciclo.web.graphql.socket import OPERATIONS_MAX
from ciclo.web.serving.http_protocol import CONNECTIONS_MAX, HEAD_S_MAX
from tests.attacks.conftest import CODES, INVOICES
from tests.attacks.target import ENDS_S_MAX, Target, Waits, require_undisturbed
from tests.stack import token
from tests.web.raw_http import PIECE, a_connection, answer_to, read_all
from tests.web.socket_client import Client, connected

UPDATES = "subscription { subscriptionUpdated { id status } }"
HEADER_BYTES = 40_000_000
"""One header of this length held everybody up for 2.4 s."""
PIECES = [b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-A: ", *[b"a" * PIECE] * (HEADER_BYTES // PIECE)]
MANY = [b"GET /healthz HTTP/1.1\r\nHost: x\r\n", *[b"X-A: a\r\n" * (PIECE // 8)] * (HEADER_BYTES // PIECE)]


def codes(answers: list[dict[str, Any]]) -> Counter[str]:
    """Return how often each code was answered; the empty one stands for data without errors."""
    return Counter(
        answer["errors"][0]["extensions"]["code"] if answer.get("errors") else "" for answer in answers
    )


@pytest.mark.parametrize("pieces", [PIECES, MANY], ids=["one long header", "many headers"])
async def test_headers_without_end(target: Target, quiet: Waits, pieces: list[bytes]) -> None:
    async def attack() -> None:
        answers = await asyncio.gather(*(answer_to(target.url, *pieces, seconds=60) for _ in range(4)))
        assert {answer[:12] for answer in answers} <= {b"HTTP/1.1 431", b""}

    require_undisturbed(await target.second_client(attack), quiet=quiet)


@pytest.mark.parametrize("beginning", [b"", b"GET /healthz HTTP/1.1\r\nHost: x\r\n"], ids=["nothing", "half"])
async def test_connections_on_which_nothing_comes(target: Target, quiet: Waits, beginning: bytes) -> None:
    """One more than all places: who waits longest is closed, and so is everybody after some seconds."""
    connections = CONNECTIONS_MAX + 1

    async def attack() -> None:
        async with AsyncExitStack() as opened:
            reading = []
            for _ in range(connections):
                reader, writer = await opened.enter_async_context(a_connection(target.url))
                writer.write(beginning)
                reading.append(asyncio.create_task(read_all(reader)))
            await asyncio.wait(reading, timeout=3 * HEAD_S_MAX)
            assert sum(one.done() for one in reading) == connections, "some are held for ever"

    require_undisturbed(await target.second_client(attack), quiet=quiet)


def pages_within_pages(*sizes: int, inner: str = "edges { cursor }") -> str:
    for size in reversed(sizes[1:]):
        inner = f"edges {{ node {{ subscription {{ invoices(first: {size}) {{ {inner} }} }} }} }}"
    return f"{{ invoices(first: {sizes[0]}) {{ {inner} }} }}"


async def test_pages_within_pages(target: Target, quiet: Waits, tokens: Iterator[str]) -> None:
    """What is too much is refused; as much as is allowed, by many at a time, holds nobody up."""
    too_much = pages_within_pages(100, 100, 100)
    allowed = pages_within_pages(INVOICES, INVOICES, inner="edges { node { id number total { amount } } }")

    async def attack() -> None:
        mallory = next(tokens)
        refused = await asyncio.gather(*(target.ask(too_much, mallory) for _ in range(50)))
        answered = await asyncio.gather(*(target.ask(allowed, mallory) for _ in range(3)))
        assert codes(refused) == {"QUERY_TOO_COMPLEX": 50}
        assert codes(answered) == {"": 3}
        assert str(answered[0]).count("COPY-") > INVOICES * (INVOICES - 2)

    require_undisturbed(await target.second_client(attack), quiet=quiet)


async def test_codes_drawn_by_many_names(target: Target, quiet: Waits, tokens: Iterator[str]) -> None:
    def drawn(times: int) -> str:
        names = " ".join(f"a{number}: qrCodeSvg" for number in range(times))
        page = f"payments(first: {CODES}, filter: {{ method: PIX }})"
        return f"{{ {page} {{ edges {{ node {{ pix {{ {names} }} }} }} }} }}"

    async def attack() -> None:
        mallory = next(tokens)
        refused = await asyncio.gather(*(target.ask(drawn(30), mallory) for _ in range(20)))
        answered = await asyncio.gather(*(target.ask(drawn(10), mallory) for _ in range(5)))
        assert codes(refused) == {"QUERY_TOO_COMPLEX": 20}
        assert codes(answered) == {"": 5}
        assert str(answered[0]).count("<svg") == 10 * CODES

    require_undisturbed(await target.second_client(attack), quiet=quiet)


async def test_all_places_for_live_updates(target: Target, quiet: Waits, tokens: Iterator[str]) -> None:
    """One customer gets so many; another customer is let in meanwhile."""
    url = f"{target.url.replace('http', 'ws')}/graphql"
    sockets = 8
    wanted = sockets * OPERATIONS_MAX - LISTENERS_OF_VIEWER_MAX

    async def attack() -> None:
        mallorys = f"Bearer {next(tokens)}"
        async with AsyncExitStack() as opened:
            clients = [await opened.enter_async_context(connected(url)) for _ in range(sockets)]
            for client in clients:
                await client.init(authorization=mallorys)
                for number in range(OPERATIONS_MAX):
                    await client.subscribe(str(number), UPDATES)
            assert await refusals(clients, wanted=wanted) == {"TOO_MANY_LIVE_UPDATES": wanted}
            other = await opened.enter_async_context(connected(url))
            await other.init(authorization=f"Bearer {token(role='admin')}")
            await other.subscribe("1", "subscription { reportUpdated { totalActive } }")
            assert (await other.receive())["payload"]["data"]["reportUpdated"]["totalActive"] > 0

    require_undisturbed(await target.second_client(attack), quiet=quiet)


async def refusals(clients: list[Client], *, wanted: int) -> Counter[str]:
    """Return the codes of so many refusals, whichever of the sockets are told them."""
    found: Counter[str] = Counter()
    enough = asyncio.Event()

    async def listen(client: Client) -> None:
        async for text in client.socket:
            payload = json.loads(text).get("payload")
            errors = payload.get("errors", ()) if isinstance(payload, dict) else payload or ()
            found.update(error["extensions"]["code"] for error in errors)
            if found.total() >= wanted:
                enough.set()

    listening = [asyncio.create_task(listen(client)) for client in clients]
    await asyncio.wait_for(enough.wait(), timeout=ENDS_S_MAX)
    for one in listening:
        one.cancel()
    await asyncio.wait(listening)
    return found


async def test_long_texts(target: Target, quiet: Waits, tokens: Iterator[str]) -> None:
    search = "query($text: String) { subscriptions(filter: { customerEmail: $text }) { totalCount } }"
    one = "query($id: ID!) { subscription(id: $id) { id } }"

    async def attack() -> None:
        mallory = next(tokens)
        searched = await asyncio.gather(*(target.ask(search, mallory, text="a" * 32_763) for _ in range(50)))
        found = await asyncio.gather(*(target.ask(one, mallory, id="9" * 200_000) for _ in range(50)))
        assert codes(searched) == {"TEXT_TOO_LONG": 50}
        assert codes(found) == {"MALFORMED_ID": 50}

    require_undisturbed(await target.second_client(attack), quiet=quiet)


async def test_documents_without_end(target: Target, quiet: Waits, tokens: Iterator[str]) -> None:
    mine = "{ mySubscription { invoices(first: 1) { edges { node { pdfUrl } } } } }"
    found = await target.ask(mine, next(tokens))
    path = found["data"]["mySubscription"]["invoices"]["edges"][0]["node"]["pdfUrl"]

    async def attack() -> None:
        headers = {"authorization": f"Bearer {next(tokens)}"}

        async def statuses(path: str, times: int) -> Counter[int]:
            answers = await asyncio.gather(*(target.http.get(path, headers=headers) for _ in range(times)))
            return Counter(answer.status_code for answer in answers)

        documents = await statuses(path, 200)
        assert set(documents) <= {200, 429, 503}
        assert documents[429] > 100
        assert set(await statuses("/exports/payments.csv?from=2026-01-01&to=2027-01-01", 50)) <= {403, 429}
        assert set(await statuses("/metrics", 100)) == {200}

    require_undisturbed(await target.second_client(attack), quiet=quiet)
