"""A player of bug reports: steps as data, by the public surface, on a stack that Stripe's webhooks reach."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import stripe

from tests.journeys.asking import a_plan
from tests.reports.asking import REVENUE
from tests.stack import Stack

STRIPE_SECRET: Final = "whsec_of_the_sellers_account"
ZONE: Final = ZoneInfo("America/Sao_Paulo")
DAYS_MAX: Final = 400
"""How far ahead the next day of some kind is at most."""

Check = Callable[[Any], bool]
Day = Callable[[date], bool]

_SUBSCRIPTION: Final = """
query($id: ID!) {
  subscription(id: $id) {
    status createdAt cancelAtPeriodEnd mrr { amount } customer { email }
    invoices(first: 50) { edges { node {
      id status dueDate issuedAt paidAt subtotal { amount } period { start end }
      payments {
        id status attempts disputed failureCode
        refundedAmount { amount } refunds { id } boleto { dueDate }
      }
    } } }
  }
}"""
_REVIEWS: Final = "{ events(filter: {needsReview: true}) { totalCount } }"


@dataclass(frozen=True, kw_only=True)
class Played:
    """What a case has made so far, by the names that it gives: ids of plans and subscriptions, and counts."""

    stack: Stack
    case: str
    ids: dict[str, str] = field(default_factory=dict)
    reviews: list[int] = field(default_factory=list)

    async def subscription(self, name: str) -> dict[str, Any]:
        """Return a subscription as the API shows it, its invoices as a list, the oldest first."""
        found: dict[str, Any] = (await self.stack.data(_SUBSCRIPTION, {"id": self.ids[name]}))["subscription"]
        found["invoices"] = [edge["node"] for edge in reversed(found["invoices"]["edges"])]
        return found

    async def resolve(self, value: Any) -> Any:
        """Return *value* with ids for `$s`, `$s.last_invoice`, `$s.last_payment` and `$s.reference`."""
        if isinstance(value, dict):
            return {name: await self.resolve(part) for name, part in value.items()}
        if not isinstance(value, str) or not value.startswith("$"):
            return value
        name, _, part = value[1:].partition(".")
        if not part:
            return self.ids[name]
        last = (await self.subscription(name))["invoices"][-1]
        if part == "last_invoice":
            return last["id"]
        payment_id = last["payments"][-1]["id"]
        if part == "last_payment":
            return payment_id
        payment = await self.stack.deps.store["payments"].find_one({"_id": payment_id})
        assert payment is not None
        return payment["provider_reference"]


Step = Callable[[Played], Any]


@dataclass(frozen=True, kw_only=True)
class Case:
    """One report: what it is about, where it is from, and its steps."""

    name: str
    title: str
    source: str
    steps: list[Step]


def plan(name: str, price: str, *, currency: str = "BRL", trial: int = 0) -> Step:
    async def step(played: Played) -> None:
        amount = {"amount": price, "currency": currency}
        title = f"{played.case} {name}"
        played.ids[name] = await a_plan(played.stack, name=title, price=amount, trialDays=trial)

    return step


def subscribe(name: str, to: str, method: dict[str, Any] | None = None, *, email: str | None = None) -> Step:
    async def step(played: Played) -> None:
        given = {"planId": played.ids[to], "customerEmail": email or f"{played.case}.{name}@example.com"}
        if method is not None:
            given |= {"paymentMethod": method}  # type: ignore[dict-item]
        payload = await _mutate(played, "createSubscription", given, answer="subscription { id }")
        assert payload["userErrors"] == []
        played.ids[name] = payload["subscription"]["id"]

    return step


def mutate(mutation: str, *, refused: tuple[str, ...] = (), **given: Any) -> Step:
    """Ask for something that is done or, with *refused*, is refused by one of these codes."""

    async def step(played: Played) -> None:
        payload = await _mutate(played, mutation, await played.resolve(given))
        codes = [error["code"] for error in payload["userErrors"]]
        assert codes == [] if not refused else codes and set(codes) <= set(refused), (mutation, codes)

    return step


def advance(by: str) -> Step:
    async def step(played: Played) -> None:
        await played.stack.advance(by=by)
        await played.stack.idle()

    return step


def go_to(day: Day, hour: int) -> Step:
    """Let the clock come to *hour* o'clock, local time, of the next day of that kind."""

    async def step(played: Played) -> None:
        shown = (await played.stack.data("{ clock { now } }"))["clock"]["now"]
        now = datetime.fromisoformat(shown).astimezone(ZONE)
        days = (now.date() + timedelta(days=n) for n in range(DAYS_MAX))
        instants = (datetime.combine(one, time(hour), ZONE) for one in days if day(one))
        await played.stack.advance(to=next(one for one in instants if one > now).astimezone(UTC))
        await played.stack.idle()

    return step


def weekday(number: int) -> Day:
    """Return the kind of day that has this number, Monday is 0."""
    return lambda day: day.weekday() == number


def month_day(month: int, number: int) -> Day:
    return lambda day: (day.month, day.day) == (month, number)


def yes(found: object) -> bool:
    return found is True


def no(found: object) -> bool:
    return found is False


def any_day(_: date) -> bool:
    return True


def notice(event: str, amount: str, payment: str) -> Step:
    """Let Ciclo's own form of a notice come in."""

    async def step(played: Played) -> None:
        subscription = payment.partition(".")[0]
        shown = (await played.stack.data("{ clock { now } }"))["clock"]["now"]
        body = {
            "subscription_id": await played.resolve(subscription),
            "event": event,
            "amount": float(amount),
            "date": shown[:10],
            "payment_id": await played.resolve(payment),
        }
        count = await played.stack.deps.store["events"].count_documents({})
        answer = await played.stack.notify(body, webhook_id=f"msg_{played.case}_{count}")
        assert answer.status_code in {200, 202}, answer.text
        await played.stack.idle()

    return step


def stripe_notice(type_: str, *, reference: str, status: str, seconds_ago: int = 0) -> Step:
    """Let a notice of Stripe's come in that bears none of our ids, about the payment intent *reference*."""

    async def step(played: Played) -> None:
        about = await played.resolve(reference)
        created = int(datetime.now(UTC).timestamp()) - seconds_ago
        kind = type_.partition(".")[0]
        id_ = about if kind == "payment_intent" else f"{kind}_{played.case}"
        object_ = {
            "id": id_,
            "object": kind,
            "payment_intent": about,
            "amount": 3000,
            "amount_received": 3000,
            "currency": "brl",
            "status": status,
            "created": created,
            "metadata": {},
        }
        event = {
            "id": f"evt_{played.case}_{type_}_{about}",
            "object": "event",
            "type": type_,
            "created": created,
        }
        body = json.dumps(event | {"data": {"object": object_}})
        signature = stripe.WebhookSignature.generate_signature_header(body, STRIPE_SECRET)
        answer = await played.stack.http.post(
            "/api/webhooks/stripe",
            content=body,
            headers={"stripe-signature": signature, "content-type": "application/json"},
        )
        assert answer.status_code == 200, answer.text
        await played.stack.idle()

    return step


def expect(path: str, check: Check | Any) -> Step:
    """Look at a path of a subscription, such as `s.invoices.-1.status`."""

    async def step(played: Played) -> None:
        name, _, rest = path.partition(".")
        found: Any = await played.subscription(name)
        for part in rest.split("."):
            found = found[int(part) if part.lstrip("-").isdigit() else part]
        assert check(found) if callable(check) else found == check, (path, found)

    return step


def compare(path: str, other: str, holds: Callable[[Any, Any], bool]) -> Step:
    """Look at two paths of one subscription."""

    async def step(played: Played) -> None:
        seen: list[Any] = []
        await expect(path, lambda found: seen.append(found) is None)(played)
        await expect(other, lambda found: seen.append(found) is None)(played)
        assert holds(*seen), (path, other, seen)

    return step


def expect_total(currency: str, path: str, value: Any) -> Step:
    """Look at a path of the totals of all time of a currency's revenue report."""

    async def step(played: Played) -> None:
        shown = (await played.stack.data("{ clock { now } }"))["clock"]["now"]
        tomorrow = datetime.fromisoformat(shown).date() + timedelta(days=1)
        start = tomorrow - timedelta(days=DAYS_MAX)
        window = {"start": str(start), "end": str(tomorrow), "currency": currency}
        found: Any = (await played.stack.data(REVENUE, window))["revenueReport"]["totals"]
        for part in path.split("."):
            found = found[part]
        assert found == value, (path, found)

    return step


async def note_reviews(played: Played) -> None:
    """Note how many events wait for a person."""
    played.reviews.append((await played.stack.data(_REVIEWS))["events"]["totalCount"])


async def expect_no_new_review(played: Played) -> None:
    """Expect that no event more waits for a person."""
    assert (await played.stack.data(_REVIEWS))["events"]["totalCount"] == played.reviews[-1]


async def _mutate(
    played: Played, mutation: str, given: dict[str, Any], *, answer: str = ""
) -> dict[str, Any]:
    type_ = f"{mutation[0].upper()}{mutation[1:]}Input!"
    query = f"mutation($input: {type_}) {{ {mutation}(input: $input) {{ {answer} userErrors {{ code }} }} }}"
    payload: dict[str, Any] = (await played.stack.data(query, {"input": given}))[mutation]
    await played.stack.idle()
    return payload
