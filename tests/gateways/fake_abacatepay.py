"""A small AbacatePay: charges by PIX and boleto, full refunds, envelopes, and signed webhooks.

The same `externalId` gives the same charge. It counts charges by it.
"""

import itertools
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ciclo.gateways.abacatepay.events import signature_of
from tests.gateways.facts import ABACATE_KEY, ABACATE_SECRET

HOOK_PATH = "/api/webhooks/abacatepay"
PIX_CODE = "00020160014BR.GOV.BCB.PIX070503***6304ABCD"
LINE = "23793.38128 60007.827263 37000.963779 4 10010000025000"
BOLETO_CENTS_MIN = 300

Facts = dict[str, Any]
Act = Callable[[Facts, str], Facts]
Endpoint = Callable[[Request], Awaitable[Response]]


class Refusal(Exception):
    """An error as AbacatePay answers it."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status


@dataclass(slots=True)
class FakeAbacatePay:
    """The account: its charges, what was made of them, and the events that it has to tell."""

    refund_status: str = "PENDING"
    locked: bool = False
    charges: dict[str, Facts] = field(default_factory=dict)
    refunds: dict[str, Facts] = field(default_factory=dict)
    requests: list[tuple[str, Facts]] = field(default_factory=list)
    made: Counter[str] = field(default_factory=Counter)
    events: list[Facts] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def app(self) -> Starlette:
        """Return the API."""
        at = "/v2/transparents"
        return Starlette(
            routes=[
                Route(f"{at}/create", self._route(self._create), methods=["POST"]),
                Route(f"{at}/check", self._route(self._check), methods=["GET"]),
                Route(f"{at}/simulate-payment", self._route(self._simulate), methods=["POST"]),
                Route(f"{at}/refund", self._route(self._refund), methods=["POST"]),
            ]
        )

    def pay(self, charge_id: str) -> None:
        """Pay a charge."""
        charge = self.charges[charge_id]
        charge |= {"status": "PAID", "paidAmount": charge["amount"]}
        self._tell("transparent.completed", charge)

    def finish_refunds(self) -> None:
        """Let the refunds under way end."""
        for charge_id in self.refunds:
            self.charges[charge_id]["status"] = "REFUNDED"
            self._tell("transparent.refunded", self.charges[charge_id])

    async def deliver(self, url: str) -> None:
        """Post what there is to tell: the secret in the address and in a header, the body signed."""
        async with httpx.AsyncClient(trust_env=False) as client:
            while self.events:
                body = json.dumps(self.events.pop(0)).encode()
                headers = {
                    "content-type": "application/json",
                    "user-agent": "AbacatePay/1.0",
                    "x-webhook-secret": ABACATE_SECRET,
                    "x-webhook-signature": signature_of(body),
                }
                query = {"webhookSecret": ABACATE_SECRET}
                answer = await client.post(url + HOOK_PATH, content=body, headers=headers, params=query)
                answer.raise_for_status()

    def _route(self, act: Act) -> Endpoint:
        async def handle(request: Request) -> Response:
            sent = await request.body()
            body: Facts = json.loads(sent) if sent else {}
            self.requests.append((request.url.path, body))
            if request.headers.get("authorization") != f"Bearer {ABACATE_KEY}":
                return _enveloped(401, error="Token de autenticação inválido ou ausente.")
            if self.locked:
                return _enveloped(400, error="LOCK_NOT_ACQUIRED")
            try:
                return _enveloped(200, act(body, request.query_params.get("id", "")))
            except Refusal as refusal:
                return _enveloped(refusal.status, error=str(refusal))

        return handle

    def _create(self, body: Facts, _id: str) -> Facts:
        data, method = body["data"], body["method"]
        if method == "BOLETO" and not {"name", "taxId"} <= data.get("customer", {}).keys():
            raise Refusal(422, "customer is required for BOLETO")
        if method == "BOLETO" and data["amount"] < BOLETO_CENTS_MIN:
            raise Refusal(422, "amount must be greater than or equal to 300")
        known = [one for one in self.charges.values() if one["externalId"] == data["externalId"]]
        if known:
            return known[0]
        self.made[data["externalId"]] += 1
        prefix = "pix_char" if method == "PIX" else "bole"
        charge = {
            "id": f"{prefix}_{next(self._numbers):06d}",
            "amount": data["amount"],
            "status": "PENDING",
            "devMode": True,
            "methods": [method],
            "externalId": data["externalId"],
            "metadata": data["metadata"],
            "platformFee": 80,
            "receiptUrl": None,
            "createdAt": "2026-11-22T15:00:00.000Z",
            "updatedAt": "2026-11-22T15:00:00.000Z",
            "expiresAt": "2026-11-23T15:00:00.000Z",
            "brCode": PIX_CODE,
            "brCodeBase64": "data:image/png;base64,iVBORw0KGgo=",
        }
        if method == "BOLETO":
            date.fromisoformat(data["dueDate"])
            charge |= {
                "barCode": LINE,
                "url": f"https://app.abacatepay.com/pay/{charge['id']}/boleto",
                "expiresAt": f"{data['dueDate']}T23:59:59.999-03:00",
            }
        self.charges[charge["id"]] = charge
        return charge

    def _check(self, _body: Facts, charge_id: str) -> Facts:
        charge = self._known(charge_id)
        return {"id": charge["id"], "status": charge["status"], "expiresAt": charge["expiresAt"]}

    def _simulate(self, _body: Facts, charge_id: str) -> Facts:
        self._known(charge_id)
        self.pay(charge_id)
        return self.charges[charge_id]

    def _refund(self, body: Facts, _id: str) -> Facts:
        charge = self._known(body["id"])
        if charge["methods"] == ["BOLETO"]:
            raise Refusal(400, "INVALID_METHOD")
        if body["id"] in self.refunds:
            raise Refusal(400, "Esta cobrança já foi reembolsada.")
        if charge["status"] == "UNDER_DISPUTE":
            raise Refusal(400, "TRANSACTION_UNDER_DISPUTE")
        if charge["status"] != "PAID":
            raise Refusal(400, "TRANSACTION_NOT_REFUNDABLE")
        refund = {
            "id": f"tran_{next(self._numbers):06d}",
            "status": self.refund_status,
            "amount": charge["amount"],
            "reason": body.get("reason"),
            "originalId": charge["id"],
        }
        self.refunds[charge["id"]] = refund
        return refund

    def _known(self, charge_id: str) -> Facts:
        if charge_id not in self.charges:
            raise Refusal(404, "TRANSACTION_NOT_FOUND")
        return self.charges[charge_id]

    def _tell(self, event: str, charge: Facts) -> None:
        number = next(self._numbers)
        told = ("id", "externalId", "amount", "paidAmount", "platformFee", "status", "methods", "updatedAt")
        self.events.append(
            {
                "id": f"log_{number:06d}",
                "event": event,
                "apiVersion": 2,
                "devMode": True,
                "data": {
                    "transparent": {name: charge.get(name) for name in told},
                    "customer": {"id": "", "name": None, "email": None, "taxId": "390.***.447-**"},
                },
            }
        )


def _enveloped(status: int, data: Facts | None = None, *, error: str | None = None) -> JSONResponse:
    return JSONResponse({"data": data, "success": error is None, "error": error}, status)
