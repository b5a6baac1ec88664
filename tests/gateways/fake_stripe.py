"""A small Stripe: customers, methods, payment intents and refunds, as far as Ciclo uses them.

Faithful where money depends on it: idempotency keys (the same answer for the same parameters, an
error for others, a decline replayed like any answer), decline and advice codes, refunds that never
exceed the charge, and signed events. It counts what was charged by idempotency key.
"""

import itertools
import json
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

import httpx
import stripe
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.gateways.facts import STRIPE_KEY, STRIPE_SECRET
from tests.gateways.fake_stripe_forms import CardForms
from tests.gateways.fake_stripe_shapes import (
    ASKS_WHEN_KEPT,
    INTENT_PARAMS,
    REFUSED_WHEN_CHARGED,
    REFUSED_WHEN_KEPT,
    FakeMethod,
    Params,
    Refusal,
    declined,
    error,
    nested,
    shown,
)

HOOK_PATH = "/api/webhooks/stripe"

Act = Callable[..., Params]
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(slots=True)
class FakeStripe:
    """The account: what it holds, what was charged, and the events that it has to tell."""

    asks_softly: bool = False
    """An authentication that is needed answers 200 requires_action, not 402."""
    refunds_slowly: bool = False
    url: str = ""
    """Where payers find it, for the pages of their banks."""
    customers: dict[str, Params] = field(default_factory=dict)
    methods: dict[str, FakeMethod] = field(default_factory=dict)
    intents: dict[str, Params] = field(default_factory=dict)
    refunds: dict[str, Params] = field(default_factory=dict)
    requests: list[tuple[str, str, Params, str | None]] = field(default_factory=list)
    charged: Counter[str] = field(default_factory=Counter)
    events: list[Params] = field(default_factory=list)
    answers: dict[str, tuple[str, int, Params]] = field(default_factory=dict)
    forms: CardForms = field(init=False)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        self.forms = CardForms(self)

    def app(self) -> Starlette:
        """Return the API."""
        post = ["POST"]
        return Starlette(
            routes=[
                Route("/v1/customers", self.route(self._create_customer), methods=post),
                Route("/v1/payment_methods", self.route(self._create_method), methods=post),
                Route("/v1/payment_methods/{id}/attach", self.route(self._attach), methods=post),
                Route("/v1/payment_intents", self.route(self._create_intent), methods=post),
                Route("/v1/payment_intents/{id}", self.route(self._retrieve_intent), methods=["GET"]),
                Route("/v1/refunds", self.route(self._create_refund), methods=post),
                *self.forms.routes(),
            ]
        )

    def method(
        self,
        *,
        last4: str = "4242",
        refused_when_kept: str | None = None,
        asks_when_kept: bool = False,
        declines: str | None = None,
        fails: int | None = None,
        advice: str | None = None,
        fingerprint: str | None = None,
    ) -> FakeMethod:
        """Add a payment method as a browser's form would make it."""
        made = FakeMethod(
            id=self.new("pm"),
            last4=last4,
            asks_when_kept=asks_when_kept,
            refused_when_kept=refused_when_kept,
            declines=declines,
            fails=fails,
            advice=advice,
            fingerprint=fingerprint,
        )
        self.methods[made.id] = made
        return made

    def card(self, number: str) -> FakeMethod:
        """Add the payment method of a card; what it does is known by its number."""
        return self.method(
            last4=number[-4:],
            refused_when_kept=REFUSED_WHEN_KEPT.get(number),
            asks_when_kept=number in ASKS_WHEN_KEPT,
            declines=REFUSED_WHEN_CHARGED.get(number),
        )

    def pay(self, intent_id: str) -> None:
        """Pay a PIX code or a boleto."""
        intent = self.intents[intent_id]
        intent |= {"status": "succeeded", "amount_received": intent["amount"], "next_action": None}
        self.tell("payment_intent.succeeded", intent)

    def expire(self, intent_id: str) -> None:
        """Let a PIX code or a boleto end unpaid."""
        intent = self.intents[intent_id]
        failure = {"code": "payment_intent_payment_attempt_expired", "type": "invalid_request_error"}
        intent |= {"status": "requires_payment_method", "last_payment_error": failure, "next_action": None}
        self.tell("payment_intent.payment_failed", intent)

    async def deliver(self, url: str) -> None:
        """Post what there is to tell, signed."""
        async with httpx.AsyncClient(trust_env=False) as client:
            while self.events:
                body = json.dumps(self.events.pop(0))
                signature = stripe.WebhookSignature.generate_signature_header(body, STRIPE_SECRET)
                headers = {"stripe-signature": signature, "content-type": "application/json"}
                answer = await client.post(url + HOOK_PATH, content=body, headers=headers)
                answer.raise_for_status()

    def route(self, act: Act) -> Endpoint:
        async def handle(request: Request) -> Response:
            key = request.headers.get("idempotency-key")
            params = nested(parse_qsl((await request.body()).decode(), keep_blank_values=True))
            self.requests.append((request.method, request.url.path, params, key))
            if request.headers.get("authorization") != f"Bearer {STRIPE_KEY}":
                return error(401, type="invalid_request_error", message="Invalid API Key provided")
            known = self.answers.get(key) if key else None
            asked = json.dumps([request.url.path, params], sort_keys=True)
            if known is not None:
                if known[0] != asked:
                    return error(400, type="idempotency_error", message="Keys for idempotent requests ...")
                return JSONResponse(known[2], known[1], headers={"idempotent-replayed": "true"})
            try:
                status, answer = 200, act(params, key or "", **request.path_params)
            except Refusal as refusal:
                status, answer = refusal.status, {"error": refusal.error}
            if key:
                self.answers[key] = (asked, status, json.loads(json.dumps(answer)))
            return JSONResponse(answer, status)

        return handle

    def _create_customer(self, params: Params, _key: str) -> Params:
        customer = {"id": self.new("cus"), "object": "customer", **params}
        self.customers[customer["id"]] = customer
        return customer

    def _create_method(self, params: Params, _key: str) -> Params:
        return shown(self.card(params["card"]["number"]))

    def _attach(self, params: Params, _key: str, *, id: str) -> Params:  # noqa: A002 - the route's name
        if params.get("customer") not in self.customers:
            raise Refusal(404, type="invalid_request_error", code="resource_missing", param="customer")
        method = self.methods.get(id)
        if method is None:
            raise Refusal(404, type="invalid_request_error", code="resource_missing", param="payment_method")
        if method.refused_when_kept:
            raise Refusal(402, **declined(method.refused_when_kept))
        method.customer = params["customer"]
        return shown(method)

    def _create_intent(self, params: Params, key: str) -> Params:
        unknown = params.keys() - INTENT_PARAMS
        if "payment_method_types" in unknown:
            raise Refusal(400, type="invalid_request_error", code="payment_method_types_no_longer_supported")
        if unknown:
            raise Refusal(400, type="invalid_request_error", code="parameter_unknown", param=min(unknown))
        if params["customer"] not in self.customers:
            raise Refusal(404, type="invalid_request_error", code="resource_missing", param="customer")
        intent: Params = {
            "id": self.new("pi"),
            "object": "payment_intent",
            "amount": int(params["amount"]),
            "amount_received": 0,
            "currency": params["currency"],
            "customer": params["customer"],
            "metadata": params.get("metadata", {}),
            "latest_charge": None,
            "last_payment_error": None,
            "next_action": None,
            "client_secret": f"secret_{self.new('of')}",
            "status": "requires_confirmation",
        }
        (kind,) = params["allowed_payment_method_types"].values()
        if kind != "card":
            return self._wait_for_code(intent, params, kind=kind, key=key)
        return self._charge_card(intent, params, key)

    def _charge_card(self, intent: Params, params: Params, key: str) -> Params:
        method = self.methods.get(params["payment_method"])
        if method is None or method.customer != params["customer"]:
            raise Refusal(404, type="invalid_request_error", code="resource_missing", param="payment_method")
        self.intents[intent["id"]] = intent
        intent["payment_method"] = method.id
        if method.declines == "authentication_required" and self.asks_softly:
            intent |= {"status": "requires_action", "next_action": {"type": "use_stripe_sdk"}}
            self.tell("payment_intent.requires_action", intent)
            return intent
        if method.declines and method.fails != 0:
            method.fails = method.fails and method.fails - 1
            failure = declined(method.declines, advice=method.advice)
            intent |= {"status": "requires_payment_method", "last_payment_error": failure}
            self.tell("payment_intent.payment_failed", intent)
            raise Refusal(402, **failure, payment_intent=intent)
        self.charged[key] += 1
        intent |= {"status": "succeeded", "amount_received": intent["amount"], "latest_charge": "ch_1"}
        self.tell("payment_intent.succeeded", intent)
        return intent

    def _wait_for_code(self, intent: Params, params: Params, *, kind: str, key: str) -> Params:
        if not params.get("return_url"):
            raise Refusal(400, type="invalid_request_error", param="return_url")
        self.intents[intent["id"]] = intent
        intent["status"] = "requires_action"
        if kind == "pix":
            lasts_s = int(params["payment_method_options"]["pix"]["expires_after_seconds"])
            details = {"data": "00020126...6304ABCD", "expires_at": 1_795_000_000 + lasts_s}
            intent["next_action"] = {"type": "pix_display_qr_code", "pix_display_qr_code": details}
        else:
            details = {
                "number": "23793381286000782726337000963779410010000005000",
                "expires_at": 1_795_230_000,
                "hosted_voucher_url": "https://payments.stripe.com/boleto/voucher/test_1",
            }
            intent["next_action"] = {"type": "boleto_display_details", "boleto_display_details": details}
        self.charged[key] += 1
        self.tell("payment_intent.requires_action", intent)
        return intent

    def _retrieve_intent(self, _params: Params, _key: str, *, id: str) -> Params:  # noqa: A002 - the route's
        if id not in self.intents:
            raise Refusal(404, type="invalid_request_error", code="resource_missing", param="intent")
        return self.intents[id]

    def _create_refund(self, params: Params, _key: str) -> Params:
        intent = self.intents.get(params["payment_intent"])
        if intent is None:
            raise Refusal(404, type="invalid_request_error", code="resource_missing", param="payment_intent")
        returned = [one for one in self.refunds.values() if one["payment_intent"] == intent["id"]]
        left = intent["amount_received"] - sum(one["amount"] for one in returned)
        amount = int(params.get("amount", left))
        if left == 0:
            raise Refusal(400, type="invalid_request_error", code="charge_already_refunded")
        if amount > left:
            raise Refusal(400, type="invalid_request_error", param="amount")
        refund = {
            "id": self.new("re"),
            "object": "refund",
            "amount": amount,
            "created": int(time.time()),
            "currency": intent["currency"],
            "metadata": params.get("metadata", {}),
            "payment_intent": intent["id"],
            "status": "pending" if self.refunds_slowly else "succeeded",
        }
        self.refunds[refund["id"]] = refund
        self.tell("refund.created", refund)
        return refund

    def finish_refunds(self, status: str = "succeeded") -> None:
        """Let the refunds under way end."""
        for refund in self.refunds.values():
            refund["status"] = status
            self.tell("refund.failed" if status == "failed" else "refund.updated", refund)

    def tell(self, kind: str, subject: Params) -> None:
        self.events.append(
            {
                "id": self.new("evt"),
                "object": "event",
                "type": kind,
                "created": int(time.time()),
                "livemode": False,
                "data": {"object": json.loads(json.dumps(subject))},
            }
        )

    def new(self, prefix: str) -> str:
        return f"{prefix}_{next(self._numbers):06d}"
