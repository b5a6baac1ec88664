"""Playing a script day by day through the API: the engine does the billing, the sandbox the paying."""

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from ciclo.domain.period import start_of_day
from ciclo.simulation.api import Api, ApiFailed
from ciclo.simulation.catalogue import PlanKey, plan_inputs
from ciclo.simulation.script import (
    BOLETO,
    PIX,
    Act,
    Cancel,
    ChangePlan,
    NewCard,
    Pause,
    PayByPix,
    PayCodes,
    RefundPayment,
    Resume,
    Script,
    Subscribe,
    Uncancel,
    rounds,
)

OPENING_HOURS: Final = timedelta(hours=9)
"""After midnight: what falls due on a day is done before people act on it."""

TOGETHER_MAX: Final = 16
"""Requests that are under way at a time."""

CODES_PER_PAGE: Final = 100
CODE_PAGES_MAX: Final = 1_000
CODE_LIFE_MAX: Final = timedelta(days=31)
"""Longer than any code of the sandbox can be paid."""

CODE_KINDS: Final = frozenset({"PIX", "BOLETO"})
CENT: Final = Decimal("0.01")

_CREATE_PLAN: Final = """
mutation($input: CreatePlanInput!) { createPlan(input: $input) { plan { id } userErrors { code } } }"""
_SUBSCRIBE: Final = """
mutation($input: CreateSubscriptionInput!) {
  createSubscription(input: $input) { subscription { id } userErrors { code } }
}"""
_CHANGE: Final = """
mutation($input: ChangePlanInput!) { changePlan(input: $input) { userErrors { code } } }"""
_CANCEL: Final = """
mutation($input: CancelSubscriptionInput!) { cancelSubscription(input: $input) { userErrors { code } } }"""
_UNCANCEL: Final = """
mutation($input: UncancelSubscriptionInput!) {
  uncancelSubscription(input: $input) { userErrors { code } }
}"""
_PAUSE: Final = """
mutation($input: PauseSubscriptionInput!) { pauseSubscription(input: $input) { userErrors { code } } }"""
_RESUME: Final = """
mutation($input: ResumeSubscriptionInput!) { resumeSubscription(input: $input) { userErrors { code } } }"""
_NEW_CARD: Final = """
mutation($input: UpdatePaymentMethodInput!) { updatePaymentMethod(input: $input) { userErrors { code } } }"""
_REFUND: Final = """
mutation($input: RefundPaymentInput!) { refundPayment(input: $input) { userErrors { code } } }"""
_NEWEST_PAYMENT: Final = """
query($id: ID!) {
  subscription(id: $id) { payments(first: 5) { edges { node { id status amount { amount } } } } }
}"""
_OPEN_INVOICES: Final = """
query($id: ID!) { subscription(id: $id) { invoices(first: 10) { edges { node { id status } } } } }"""
_PAY: Final = """
mutation($input: PayInvoiceInput!) { payInvoice(input: $input) { userErrors { code } } }"""
_CODES: Final = """
query($first: Int!, $after: String, $since: Date!) {
  payments(first: $first, after: $after, filter: { status: PENDING, startDate: $since }) {
    pageInfo { hasNextPage endCursor }
    edges { node { id paymentMethod { kind } invoice { subscription { customer { email } } } } }
  }
}"""


@dataclass(slots=True)
class Tally:
    """What was played: acts that were done, and refusals by their code."""

    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


class Player:
    """Plays one script against one stack."""

    def __init__(self, api: Api, *, seed: int, timezone: str) -> None:
        self._api = api
        self._seed = seed
        self._timezone = timezone
        self._plans: dict[PlanKey, str] = {}
        self._subscriptions: dict[str, str] = {}
        self._slots = asyncio.Semaphore(TOGETHER_MAX)
        self.tally = Tally()

    async def offer_plans(self) -> None:
        """Put the catalogue on offer, with its first tier listed first."""
        for key, given in reversed(plan_inputs().items()):
            payload, _ = await self._api.do(_CREATE_PLAN, **given)
            self._plans[key] = payload["plan"]["id"]

    async def play(self, script: Script, *, progress: Callable[[date], None]) -> None:
        """Play every day of *script* in order; the clock moves along."""
        for day, acts in script.items():
            await self._api.advance(self._first_instant(day))
            for place, together in enumerate(rounds(acts)):
                # What came before has to be done, or the outcome would depend on how fast the workers are.
                if place:
                    await self._api.wait_until_idle()
                await asyncio.gather(*(self._perform(act, day) for act in together))
            progress(day)

    def _first_instant(self, day: date) -> datetime:
        return start_of_day(day, self._timezone) + OPENING_HOURS

    async def _perform(self, act: Act, day: date) -> None:
        if isinstance(act, PayCodes):
            await self._pay_codes(act, day)
            return
        async with self._slots:
            if isinstance(act, Subscribe):
                await self._subscribe(act)
            elif act.email not in self._subscriptions:
                self._note(act, "NOT_SUBSCRIBED")
            elif isinstance(act, RefundPayment):
                await self._refund(act)
            elif isinstance(act, PayByPix):
                await self._pay_by_pix(act)
            else:
                await self._change(act)

    async def _subscribe(self, act: Subscribe) -> None:
        by_code = act.pays_by in {PIX, BOLETO}
        method: dict[str, Any] = {act.pays_by: {}} if by_code else {"cardToken": act.pays_by}
        payload, refusal = await self._api.do(
            _SUBSCRIBE,
            planId=self._plans[act.plan],
            customerEmail=act.email,
            skipTrial=act.skip_trial,
            paymentMethod=method,
        )
        self._note(act, refusal)
        if refusal is None:
            self._subscriptions[act.email] = payload["subscription"]["id"]

    async def _change(self, act: Act) -> None:
        mutation, given = self._mutation(act)
        _, refusal = await self._api.do(mutation, **given)
        self._note(act, refusal)

    def _mutation(self, act: Act) -> tuple[str, dict[str, Any]]:
        match act:
            case ChangePlan():
                return _CHANGE, {**self._of(act.email), "planId": self._plans[act.plan]}
            case Cancel():
                return _CANCEL, {
                    **self._of(act.email),
                    "cancelImmediately": act.immediately,
                    "reason": act.reason,
                }
            case Uncancel():
                return _UNCANCEL, self._of(act.email)
            case Pause():
                return _PAUSE, self._of(act.email)
            case Resume():
                return _RESUME, self._of(act.email)
            case NewCard():
                return _NEW_CARD, {**self._of(act.email), "paymentMethod": {"cardToken": act.token}}
            case _:
                raise TypeError(f"{act} is no change of a subscription")

    def _of(self, email: str) -> dict[str, str]:
        return {"subscriptionId": self._subscriptions[email]}

    async def _refund(self, act: RefundPayment) -> None:
        found = await self._api.ask(_NEWEST_PAYMENT, id=self._subscriptions[act.email])
        edges = found["subscription"]["payments"]["edges"]
        paid = [edge["node"] for edge in edges if edge["node"]["status"] == "COMPLETED"]
        if not paid:
            self._note(act, "PAYMENT_NOT_REFUNDABLE")
            return
        part = (Decimal(paid[0]["amount"]["amount"]) * act.percent / 100).quantize(CENT)
        _, refusal = await self._api.do(
            _REFUND, paymentId=paid[0]["id"], amount=str(part), reason="pedido do cliente"
        )
        self._note(act, refusal)

    async def _pay_by_pix(self, act: PayByPix) -> None:
        found = await self._api.ask(_OPEN_INVOICES, id=self._subscriptions[act.email])
        nodes = [edge["node"] for edge in found["subscription"]["invoices"]["edges"]]
        for node in nodes:
            if node["status"] in {"PENDING", "OVERDUE"}:
                _, refusal = await self._api.do(_PAY, invoiceId=node["id"], paymentMethod={PIX: {}})
                self._note(act, refusal)

    async def _pay_codes(self, act: PayCodes, day: date) -> None:
        """Pay the codes that wait, but for those that are forgotten that day."""

        async def pay(code: dict[str, Any]) -> None:
            async with self._slots:
                taken = await self._api.pay_code(code["id"])
            self._note(act, None if taken else "CODE_NOT_TAKEN")

        codes = [code async for code in self._codes(day)]
        remembered = [code for code in codes if self._chance(f"{day}|{_payer(code)}") >= act.forgets_percent]
        await asyncio.gather(*(pay(code) for code in remembered))

    async def _codes(self, day: date) -> AsyncIterator[dict[str, Any]]:
        """Yield the payments that wait for a code to be paid; older codes have expired."""
        after: str | None = None
        for _ in range(CODE_PAGES_MAX):
            since = (day - CODE_LIFE_MAX).isoformat()
            found = await self._api.ask(_CODES, first=CODES_PER_PAGE, after=after, since=since)
            page = found["payments"]
            for edge in page["edges"]:
                if edge["node"]["paymentMethod"]["kind"] in CODE_KINDS:
                    yield edge["node"]
            if not page["pageInfo"]["hasNextPage"]:
                return
            after = page["pageInfo"]["endCursor"]
        raise ApiFailed("there are more codes than a day can have")

    def _chance(self, about: str) -> int:
        """Return a number from 0 to 99 that follows from the seed and from what it is *about*."""
        return hashlib.sha256(f"{self._seed}|{about}".encode()).digest()[0] * 100 // 256

    def _note(self, act: Act, refusal: str | None) -> None:
        name = type(act).__name__
        if refusal is None:
            self.tally.done[name] += 1
        else:
            self.tally.refused[f"{name} {refusal}"] += 1


def _payer(node: dict[str, Any]) -> str:
    email: str = node["invoice"]["subscription"]["customer"]["email"]
    return email
