"""Coupons over the API: redeemed, counted, refused and released, and what they come to on invoices."""

import asyncio
from collections import Counter
from datetime import date
from typing import Any, Final

from ciclo.actions.selling.redemptions import WRONG_CODES
from tests.journeys.asking import a_plan, details, mutate, subscribe
from tests.stack import Stack, local, token

CROWD: Final = 100
CREATE = """
mutation($input: CreateCouponInput!) {
  createCoupon(input: $input) {
    coupon { id code percent amount { amount } redeemed } userErrors { code field }
  }
}"""
COUPON = "query($id: ID!) { coupon(id: $id) { redeemed active maxRedemptions name } }"
CODES = """
mutation($input: CreateCouponCodesInput!) {
  createCouponCodes(input: $input) { codes userErrors { code } }
}"""
PREVIEW = """
query($code: String!, $planId: ID!) { couponPreview(code: $code, planId: $planId) {
  valid reason text pt: text(language: PORTUGUESE) prices { invoices amount { amount } }
  firstInvoice { total { amount } lines { discount { amount } } }
} }"""
LINES = """
query($id: ID!) { subscription(id: $id) {
  mrr { amount } discounts { id code left rests percent }
  invoices(first: 20) { edges { node {
    total { amount }
    lines { amount { amount } discount { amount } net { amount } total { amount }
      discounts { code amount { amount } explanation } explanation { text pt: text(language: PORTUGUESE) } }
  } } }
} }"""
START = date(2027, 1, 31)


async def create(stack: Stack, **given: Any) -> dict[str, Any]:
    """Create a coupon of 20 % for three periods; *given* overrides."""
    coupon = {"name": "Summer", "code": "verao", "kind": "PERCENT", "percent": "20"}
    answer = await stack.data(CREATE, {"input": coupon | {"duration": "PERIODS", "count": 3} | given})
    created: dict[str, Any] = answer["createCoupon"]
    return created


async def redeemed(stack: Stack, coupon: dict[str, Any]) -> int:
    found = await stack.data(COUPON, {"id": coupon["coupon"]["id"]})
    count: int = found["coupon"]["redeemed"]
    return count


async def shown(stack: Stack, subscription: str) -> dict[str, Any]:
    found: dict[str, Any] = (await stack.data(LINES, {"id": subscription}))["subscription"]
    found["invoices"] = [edge["node"] for edge in reversed(found["invoices"]["edges"])]
    return found


def plain(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{MULTIPLICATION SIGN}", "x")


async def codes_of(stack: Stack, given: dict[str, Any], *, bearer: str | None = None) -> list[str]:
    """Create a subscription and return the codes of its user errors."""
    answer = await stack.data(
        "mutation($input: CreateSubscriptionInput!) {"
        " createSubscription(input: $input) { userErrors { code } } }",
        {"input": given},
        bearer=bearer,
    )
    return [error["code"] for error in answer["createSubscription"]["userErrors"]]


async def test_what_a_preview_says_is_what_is_billed_and_explained(stack: Stack) -> None:
    await stack.advance(to=local(START))
    coupon = await create(stack)
    assert coupon == {
        "coupon": {
            "id": coupon["coupon"]["id"],
            "code": "VERAO",
            "percent": "20",
            "amount": None,
            "redeemed": 0,
        },
        "userErrors": [],
    }
    plan = await a_plan(stack, price={"amount": "79.90"}, trialDays=0)
    studio = await a_plan(stack, name="Studio", price={"amount": "199.90"}, trialDays=0)
    preview = (await stack.data(PREVIEW, {"code": " Verao", "planId": plan}))["couponPreview"]
    assert (preview["valid"], preview["reason"]) == (True, None)
    assert plain(preview["text"]) == "R$ 63.92 for 3 months, then R$ 79.90 per month"
    assert plain(preview["pt"]) == "R$ 63,92 por 3 meses, depois R$ 79,90 por mês"
    assert preview["firstInvoice"] == {
        "total": {"amount": "63.92"},
        "lines": [{"discount": {"amount": "15.98"}}],
    }

    sub = await subscribe(stack, plan, "ana@example.com", card="tok_visa", couponCode="Verao")
    await stack.advance(to=local(date(2027, 2, 10)))
    assert await mutate(stack, "changePlan", subscriptionId=sub, planId=studio) == []

    # 18 of 28 days: 51.36 - 10.27 back, 128.51 - 25.70 to charge
    found = await shown(stack, sub)
    first, change = found["invoices"]
    assert (first["total"]["amount"], change["total"]["amount"]) == ("63.92", "61.72")
    credit, charge = change["lines"]
    assert [one[name]["amount"] for one in (credit, charge) for name in ("amount", "discount", "net")] == [
        *("-51.36", "-10.27", "-41.09"),
        *("128.51", "25.70", "102.81"),
    ]
    assert plain(charge["explanation"]["text"]) == (
        "18 of 28 days x R$ 199.90 = R$ 128.51, less R$ 25.70 (20%, code VERAO, 1 of 3)"
    )
    assert plain(credit["explanation"]["pt"]) == (
        "Dias não usados: 18 de 28 dias x R$ 79,90 = R$ 51,36, menos R$ 10,27 (20%, cupom VERAO, 1 de 3)"
    )
    assert found["discounts"] == [
        {
            "id": found["discounts"][0]["id"],
            "code": "VERAO",
            "left": 2,
            "rests": False,
            "percent": "20",
        }
    ]
    assert await redeemed(stack, coupon) == 1


async def test_of_a_hundred_at_once_one_gets_the_last_redemption(stack: Stack) -> None:
    plan = await a_plan(stack, trialDays=0)
    coupon = await create(stack, maxRedemptions=1)
    given = [
        {"planId": plan, "customerEmail": f"user{n}@example.com", "couponCode": "VERAO"} for n in range(CROWD)
    ]

    came = Counter(tuple(codes) for codes in await asyncio.gather(*(codes_of(stack, one) for one in given)))

    assert came == {(): 1, ("COUPON_EXHAUSTED",): CROWD - 1}
    assert await redeemed(stack, coupon) == 1
    assert await stack.deps.store["subscriptions"].count_documents({}) == 1
    assert await stack.deps.store["customers"].count_documents({}) == 1
    await stack.idle()


async def test_a_creation_that_is_never_paid_releases_its_redemption(stack: Stack) -> None:
    plan = await a_plan(stack, trialDays=0)
    coupon = await create(stack, code=None, maxRedemptions=1)
    made = await stack.data(
        CODES, {"input": {"couponId": coupon["coupon"]["id"], "count": 2, "prefix": "vip"}}
    )
    code, other = made["createCouponCodes"]["codes"]
    await subscribe(stack, plan, "ana@example.com", paymentMethod={"pix": {}}, couponCode=code)
    bia = {"planId": plan, "customerEmail": "bia@example.com"}
    assert await codes_of(stack, bia | {"couponCode": other}) == ["COUPON_EXHAUSTED"]
    assert await redeemed(stack, coupon) == 1

    await stack.advance(by="P40D")

    assert await redeemed(stack, coupon) == 0
    assert await codes_of(stack, bia | {"couponCode": code}) == []
    await stack.idle()


async def test_a_customer_has_a_coupon_as_often_as_it_says(stack: Stack) -> None:
    plan, other = await a_plan(stack, trialDays=0), await a_plan(stack, name="Other", trialDays=0)
    coupon = await create(stack)
    ana = {"customerEmail": "ana@example.com", "couponCode": "VERAO"}
    at_once = await asyncio.gather(*(codes_of(stack, ana | {"planId": one}) for one in (plan, other)))

    assert sorted(at_once) == [[], ["COUPON_EXHAUSTED"]]
    assert await redeemed(stack, coupon) == 1
    await stack.idle()


async def test_given_to_a_running_subscription_and_taken_away(stack: Stack) -> None:
    await stack.advance(to=local(date(2027, 1, 1)))
    plan = await a_plan(stack, price={"amount": "79.90"}, trialDays=0)
    sub = await subscribe(stack, plan, "ana@example.com", card="tok_visa")
    await create(stack, duration="FOREVER", count=None, idempotencyKey="once")
    await create(stack, duration="FOREVER", count=None, idempotencyKey="once")

    given = {"subscriptionId": sub, "couponCode": "verao"}
    assert await mutate(stack, "applyCoupon", **given, idempotencyKey="a") == []
    assert await mutate(stack, "applyCoupon", **given, idempotencyKey="a") == []
    assert await mutate(stack, "applyCoupon", **given) == ["COUPON_ALREADY_APPLIED"]
    found = await shown(stack, sub)
    assert (found["mrr"]["amount"], found["discounts"][0]["left"]) == ("63.92", None)
    await stack.advance(to=local(date(2027, 2, 1)))
    gone = {"subscriptionId": sub, "discountId": found["discounts"][0]["id"]}
    assert await mutate(stack, "removeDiscount", **gone) == []
    assert await mutate(stack, "removeDiscount", **gone) == ["DISCOUNT_NOT_FOUND"]
    await stack.advance(to=local(date(2027, 3, 1)))

    totals = [one["total"]["amount"] for one in (await details(stack, sub))["invoices"]]
    assert totals == ["79.90", "63.92", "79.90"]


async def test_what_gives_nothing_is_refused_with_a_code_and_changes_nothing(stack: Stack) -> None:
    plan = await a_plan(stack, trialDays=0)
    dollars = await a_plan(stack, name="Dollars", price={"amount": "9.99", "currency": "USD"}, trialDays=0)
    fixed = {
        "kind": "FIXED",
        "percent": None,
        "amount": {"amount": "5.00"},
        "duration": "ONCE",
        "count": None,
    }
    archived = await create(stack, code="GONE")
    assert await mutate(stack, "archiveCoupon", couponId=archived["coupon"]["id"]) == []
    await create(stack, code="REAIS", **fixed)
    await create(stack, code="LATER", startsOn="2099-01-01")
    await create(stack, code="RICH", minimum={"amount": "30.00"})
    await create(stack, code="YEARLY", cycles=["ANNUAL"])

    for code, said in {
        "UNKNOWN": "COUPON_NOT_FOUND",
        "GONE": "COUPON_NOT_FOUND",
        "no code!": "INVALID_VALUE",
        "LATER": "COUPON_EXPIRED",
        "RICH": "COUPON_NOT_APPLICABLE",
        "YEARLY": "COUPON_NOT_APPLICABLE",
    }.items():
        given = {"planId": plan, "customerEmail": "ana@example.com", "couponCode": code}
        assert await codes_of(stack, given) == [said], code
        preview = (await stack.data(PREVIEW, {"code": code, "planId": plan}))["couponPreview"]
        assert (preview["valid"], preview["reason"]) == (False, said)
        assert plain(preview["text"]) == "R$ 29.99 per month"
    in_dollars = {"planId": dollars, "customerEmail": "ana@example.com", "couponCode": "REAIS"}
    assert await codes_of(stack, in_dollars) == ["CURRENCY_MISMATCH"]
    assert await stack.deps.store["customers"].count_documents({}) == 0
    assert await stack.deps.store["coupon_uses"].count_documents({}) == 0


async def test_a_coupon_that_makes_no_sense_is_refused(stack: Stack) -> None:
    await create(stack)
    for given, said in (
        ({"code": "VERAO"}, ("COUPON_CODE_TAKEN", ["code"])),
        ({"percent": "-5"}, ("INVALID_VALUE", ["percent"])),
        ({"percent": "100.01"}, ("INVALID_VALUE", ["percent"])),
        ({"percent": "33.333"}, ("INVALID_VALUE", ["percent"])),
        ({"percent": None}, ("INVALID_VALUE", ["kind"])),
        (
            {"kind": "FIXED", "percent": None, "amount": {"amount": "-1.00"}},
            ("AMOUNT_OUT_OF_RANGE", ["amount"]),
        ),
        (
            {"kind": "FIXED", "percent": None, "amount": {"amount": "0.50", "currency": "JPY"}},
            ("TOO_MANY_DECIMALS", ["amount", "amount"]),
        ),
        ({"planIds": ["plan_0000000000e008000000000000"]}, ("PLAN_NOT_FOUND", ["planIds"])),
        ({"count": 0}, ("INVALID_VALUE", ["count"])),
        ({"maxRedemptions": 0}, ("INVALID_VALUE", ["maxRedemptions"])),
    ):
        answer = await create(stack, **{"code": "OTHER"} | given)
        assert answer["userErrors"] == [{"code": said[0], "field": said[1]}], given
    assert await stack.deps.store["coupons"].count_documents({}) == 1


async def test_limits_change_and_who_operates_is_logged(stack: Stack) -> None:
    coupon = await create(stack)
    id_ = coupon["coupon"]["id"]
    assert await mutate(stack, "updateCoupon", couponId=id_, maxRedemptions=5, name="Autumn") == []
    found = (await stack.data(COUPON, {"id": id_}))["coupon"]
    assert found == {"redeemed": 0, "active": True, "maxRedemptions": 5, "name": "Autumn"}
    assert await mutate(stack, "updateCoupon", couponId=id_, maxRedemptions=None) == []
    assert (await stack.data(COUPON, {"id": id_}))["coupon"]["maxRedemptions"] is None
    assert await mutate(stack, "archiveCoupon", couponId=id_) == []
    assert await mutate(stack, "createCouponCodes", couponId=id_, count=1) == ["COUPON_NOT_FOUND"]

    actions = [one["action"] async for one in stack.deps.store["operations"].find({}).sort("seq", 1)]
    assert actions == ["createCoupon", "updateCoupon", "updateCoupon", "archiveCoupon"]


async def test_who_tries_codes_is_stopped_and_others_are_not(stack: Stack) -> None:
    plan = await a_plan(stack, trialDays=0)
    await create(stack)
    thief, ana = (token(role="customer", email=f"{name}@example.com") for name in ("thief", "ana"))

    async def tried(code: str, bearer: str) -> str | None:
        answer = await stack.data(PREVIEW, {"code": code, "planId": plan}, bearer=bearer)
        reason: str | None = answer["couponPreview"]["reason"]
        return reason

    limit = WRONG_CODES.windows[0].places
    assert await tried("VERAO", thief) is None
    at_once = await asyncio.gather(*(tried(f"GUESS{n}", thief) for n in range(limit + 3)))

    assert Counter(at_once) == {
        "COUPON_NOT_FOUND": limit,
        "TOO_MANY_WRONG_CODES": 3,
    }
    assert await tried("VERAO", thief) == "TOO_MANY_WRONG_CODES"
    assert await codes_of(stack, {"planId": plan, "couponCode": "VERAO"}, bearer=thief) == [
        "TOO_MANY_WRONG_CODES"
    ]
    for _ in range(2 * limit):
        assert await tried("VERAO", ana) is None
