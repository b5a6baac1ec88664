"""Calls to AbacatePay over one kept client: the envelope is opened, and errors are told apart."""

import asyncio
import re
from typing import Any, Final, TypeVar

import httpx
from pydantic import SecretStr, ValidationError

from ciclo.gateways.abacatepay.objects import AbacateObject, Envelope
from ciclo.gateways.http_errors import error_for_status
from ciclo.gateways.protocol import Misconfigured, Unavailable

NAME: Final = "AbacatePay"
CONNECTIONS_MAX: Final = 100
LOCKED: Final = "LOCK_NOT_ACQUIRED"
ALREADY_REFUNDED: Final = "ALREADY_REFUNDED"

_REFUSED: Final = frozenset({400, 404, 422})
_CODE: Final = re.compile(r"[A-Z][A-Z_]{2,59}")
_REFUNDED_BEFORE: Final = re.compile(r"já foi reembolsad|already (been )?refunded", re.IGNORECASE)

_Read = TypeVar("_Read", bound=AbacateObject)


class AbacateRefusal(Exception):
    """AbacatePay decided against it; `code` is its word for why, where that is a word and no sentence."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code

    @property
    def misconfigured(self) -> Misconfigured:
        """Return it as an error of our own, where no payer can help it."""
        return Misconfigured(f"{NAME} refused the request: {self.code}")


class AbacateCalls:
    """The API at one address with one key."""

    def __init__(self, url: str, *, key: SecretStr, answer_s_max: float) -> None:
        self._answer_s_max = answer_s_max
        self._client = httpx.AsyncClient(
            base_url=url,
            headers={"authorization": f"Bearer {key.get_secret_value()}", "accept": "application/json"},
            timeout=answer_s_max,
            limits=httpx.Limits(max_connections=CONNECTIONS_MAX),
        )

    async def post(
        self, path: str, body: dict[str, Any], *, query: dict[str, str] | None = None, for_a: type[_Read]
    ) -> _Read:
        """Send *body* and return the answer's data.

        Raises:
            Refused: AbacatePay decided against it.
            Unavailable: the provider did not answer, or asked to come back later.
            Misconfigured: the provider refused us, not the payer.
        """
        request = self._client.build_request("POST", path, json=body, params=query)
        return _read_answer(await self._answer(request), for_a)

    async def get(self, path: str, query: dict[str, str], *, for_a: type[_Read]) -> _Read:
        """Ask and return the answer's data; the errors are those of `post`."""
        request = self._client.build_request("GET", path, params=query)
        return _read_answer(await self._answer(request), for_a)

    async def aclose(self) -> None:
        """Close connections."""
        await self._client.aclose()

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        try:
            async with asyncio.timeout(self._answer_s_max):
                return await self._client.send(request)
        except (httpx.HTTPError, TimeoutError):
            # httpx's errors carry the request, and with it the key: none of it goes on.
            problem = Unavailable(f"{NAME} did not answer")
        raise problem


def _read_answer(answer: httpx.Response, for_a: type[_Read]) -> _Read:
    """Return what an answer holds; its text appears in no error."""
    if answer.status_code not in _REFUSED and not answer.is_success:
        raise error_for_status(answer.status_code, answer.headers, of=NAME)
    try:
        envelope = Envelope.model_validate_json(answer.content)
        if answer.is_success and not envelope.failed:
            return for_a.model_validate(envelope.data)
    except ValidationError:
        envelope = Envelope()
    if envelope.failed:
        raise _refusal(envelope)
    if answer.is_success:
        raise Unavailable(f"{NAME}'s answer can't be read")
    raise Misconfigured(f"{NAME} answered {answer.status_code}")


def _refusal(envelope: Envelope) -> Unavailable | AbacateRefusal:
    error = envelope.error
    text = str(error.get("code") or error.get("message") or "") if isinstance(error, dict) else error or ""
    if text == LOCKED:
        return Unavailable(f"{NAME} is busy with this account")
    if _REFUNDED_BEFORE.search(text):
        return AbacateRefusal(ALREADY_REFUNDED)
    return AbacateRefusal(text if _CODE.fullmatch(text) else "REFUSED")
