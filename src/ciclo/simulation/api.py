"""The API as the players of a business call it: GraphQL over HTTP, as an operator."""

from datetime import datetime
from types import TracebackType
from typing import Any, Final, Self

import httpx

ANSWER_S_MAX: Final = 120.0


class ApiFailed(Exception):
    """The API did not do what the script needs it to do."""


class Api:
    """One operator's connection."""

    def __init__(self, url: str, *, token: str) -> None:
        headers = {"authorization": f"Bearer {token}"}
        self._http = httpx.AsyncClient(base_url=url, headers=headers, timeout=ANSWER_S_MAX)

    async def __aenter__(self) -> Self:
        """Use the connection."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        await self._http.aclose()

    async def ask(self, query: str, **variables: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
        """Return what a query answers.

        Raises:
            ApiFailed: it has errors, or there is none.
        """
        try:
            response = await self._http.post("/graphql", json={"query": query, "variables": variables})
            answer = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise ApiFailed(f"the API does not answer: {type(error).__name__}") from error
        if "errors" in answer:
            raise ApiFailed(str(answer["errors"][0]["message"]))
        data: dict[str, Any] = answer["data"]
        return data

    async def do(self, mutation: str, **given: Any) -> tuple[dict[str, Any], str | None]:  # noqa: ANN401 - JSON
        """Run a mutation of one field; return its payload and the code of its refusal, if any."""
        data = await self.ask(mutation, input=given)
        [payload] = data.values()
        refusals = payload["userErrors"]
        return payload, refusals[0]["code"] if refusals else None

    async def pay_code(self, payment_id: str) -> bool:
        """Pay a pending PIX or boleto of the sandbox; return whether it was taken."""
        response = await self._http.post(f"/sandbox/payments/{payment_id}/settle")
        return response.is_success

    async def wait_until_idle(self) -> None:
        """Wait until the workers have done all that they have to do.

        Raises:
            ApiFailed: they do not finish.
        """
        _, refusal = await self.do(ADVANCE, by="P0D")
        if refusal:
            raise ApiFailed(f"the workers do not finish: {refusal}")

    async def advance(self, to: datetime) -> None:
        """Move the clock and wait for all that it brings about.

        Raises:
            ApiFailed: it can't be moved.
        """
        _, refusal = await self.do(ADVANCE, to=to.isoformat())
        if refusal:
            raise ApiFailed(f"the clock does not move: {refusal}")


ADVANCE: Final = """
mutation($input: AdvanceClockInput!) {
  advanceClock(input: $input) { clock { now } userErrors { code } }
}"""
