"""Checkout links: whoever has one becomes a customer who takes what it sells, as often as the seller says."""

import asyncio
from typing import Any

import httpx

from ciclo.actions.customers.proving import prove_address
from tests.access.test_operations import acts
from tests.journeys.asking import SUBSCRIBE, a_plan, details, subscribe
from tests.stack import Stack, token

ANA = "ana@example.com"
CPF = "529.982.247-25"
CREATE = """
mutation($input: CreateCheckoutLinkInput!) {
  createCheckoutLink(input: $input) { link { id url uses } userErrors { code field } }
}"""
REVOKE = """
mutation($input: RevokeCheckoutLinkInput!) {
  revokeCheckoutLink(input: $input) { link { id revokedAt revokeReason } userErrors { code } }
}"""
LINKS = "{ checkoutLinks(first: 1) { edges { node { id url uses revokedAt } } } }"
COUPON = """
mutation($input: CreateCouponInput!) { createCoupon(input: $input) { coupon { id } userErrors { code } } }"""


async def a_link(stack: Stack, plan_id: str, **given: Any) -> str:
    """Return the token in a new link."""
    made = (await stack.data(CREATE, {"input": {"planId": plan_id, **given}}))["createCheckoutLink"]
    assert made["userErrors"] == []
    address, _, found = made["link"]["url"].rpartition("/")
    assert address == f"{stack.url}/c"
    return str(found)


async def ask(stack: Stack, link: str, operation: str, variables: dict[str, Any]) -> httpx.Response:
    body = {"operationName": operation, "variables": variables}
    return await stack.http.post("/api/checkout-link", json=body, headers={"x-ciclo-link": link})


async def sign_up(stack: Stack, link: str, **given: Any) -> dict[str, Any]:
    """Sign somebody up who pays by Pix, unless *given* says otherwise."""
    form = {"email": ANA, "name": "Ana Souza", "taxId": CPF, "paymentMethod": {"pix": {}}} | given
    answer = (await ask(stack, link, "SignUp", {"input": form})).json()
    assert "errors" not in answer, answer
    result: dict[str, Any] = answer["data"]["signUp"]
    return result


async def progress(stack: Stack, link: str, token: str) -> dict[str, Any]:
    answer = (await ask(stack, link, "SignUpProgress", {"token": token})).json()
    assert "errors" not in answer, answer
    found: dict[str, Any] = answer["data"]["signUpProgress"]
    return found


def refusals(result: dict[str, Any]) -> list[tuple[str, list[str] | None]]:
    return [(error["code"], error["field"]) for error in result["userErrors"]]


async def test_a_link_shows_what_it_costs_and_makes_a_customer_who_pays(stack: Stack) -> None:
    plan = await a_plan(stack, trialDays=14)
    coupon = {"name": "Verão", "code": "VERAO", "kind": "PERCENT", "percent": "20", "duration": "PERIODS"}
    await stack.data(COUPON, {"input": coupon | {"count": 3}})
    link = await a_link(
        stack,
        plan,
        couponCode="verao",
        quantity={"min": 1, "max": 3},
        trialDays=0,
        successUrl="http://localhost:9000/obrigado?de=ciclo",
        metadata=[{"key": "campaign", "value": "june"}],
    )

    told = (await ask(stack, link, "CheckoutOffer", {"quantity": 2})).json()
    assert "errors" not in told, told
    offer = told["data"]["checkoutOffer"]
    # 2 x 29.99 less 20 %, and no trial though the plan has one.
    assert (offer["preview"]["totalDueNow"]["amount"], offer["reason"]) == ("47.98", None)
    assert offer["en"].replace("\xa0", " ") == "R$ 47.98 for 3 months, then R$ 59.98 per month"
    beyond = (await ask(stack, link, "CheckoutOffer", {"quantity": 4})).json()
    assert beyond["errors"][0]["extensions"]["code"] == "INVALID_VALUE"

    made = await sign_up(stack, link, quantity=2, idempotencyKey="once")
    assert made["userErrors"] == []
    assert await sign_up(stack, link, quantity=2, idempotencyKey="once") == made
    await stack.idle()
    found = await progress(stack, link, made["token"])
    assert found["invoiceUrl"].startswith(f"{stack.url}/i/")
    bare = await stack.deps.store["subscriptions"].find_one({})
    assert bare is not None
    back = f"http://localhost:9000/obrigado?de=ciclo&subscription={bare['_id']}"
    assert (found["status"], found["returnUrl"]) == ("PENDING", back)
    [invoice] = (await details(stack, bare["_id"]))["invoices"]
    assert invoice["total"]["amount"] == "47.98"
    customer = await stack.deps.store["customers"].find_one({"_id": bare["customer_id"]})
    assert customer is not None
    kept = ("email", "name", "tax_id", "metadata")
    assert [customer[name] for name in kept] == [ANA, "Ana Souza", "52998224725", {"campaign": "june"}]
    event = await stack.deps.store["events"].find_one({"type": "subscription_created"})
    assert event is not None
    assert event["actor"].startswith("link:clk_")


async def test_the_last_use_of_a_link_goes_to_one(stack: Stack) -> None:
    plan = await a_plan(stack, trialDays=0)
    link = await a_link(stack, plan, maxUses=1)

    answers = await asyncio.gather(
        *(sign_up(stack, link, email=f"somebody{n}@example.com") for n in range(20))
    )

    assert sum(answer["userErrors"] == [] for answer in answers) == 1
    assert {code for answer in answers for code, _ in refusals(answer)} == {"LINK_USED_UP"}
    assert await stack.deps.store["subscriptions"].count_documents({}) == 1
    assert await stack.deps.store["customers"].count_documents({}) == 1
    [shown] = (await stack.data(LINKS))["checkoutLinks"]["edges"]
    assert shown["node"]["uses"] == 1
    assert (await stack.http.get(f"/c/{link}")).status_code == 410


async def test_a_sign_up_that_is_never_paid_gives_its_use_back(stack: Stack) -> None:
    plan = await a_plan(stack, trialDays=0)
    link = await a_link(stack, plan, maxUses=2)
    answers = [
        await sign_up(stack, link),
        await sign_up(stack, link, email="bia@example.com", paymentMethod={"cardToken": "tok_visa"}),
    ]
    await stack.idle()
    assert [await progress(stack, link, answer["token"]) for answer in answers][1]["status"] == "ACTIVE"

    await stack.advance(by="P40D")

    [shown] = (await stack.data(LINKS))["checkoutLinks"]["edges"]
    assert shown["node"]["uses"] == 1
    # Once: who left has given back all that they had, and who pays keeps theirs.
    again = [await sign_up(stack, link, email=f"{name}@example.com") for name in ("caio", "davi")]
    assert [refusals(answer) for answer in again] == [[], [("LINK_USED_UP", None)]]
    await stack.idle()


async def test_nobody_learns_from_a_link_who_is_known_nor_comes_by_what_they_have(stack: Stack) -> None:
    plan = await a_plan(stack, trialDays=7)
    held = await subscribe(stack, plan, ANA, card="tok_visa")
    known = await stack.deps.store["customers"].find_one({"email": ANA})
    assert known is not None
    link = await a_link(stack, plan)

    answers = [await sign_up(stack, link, email=email) for email in (ANA, "bruno@example.com")]
    await stack.idle()

    # The plan that she has, and the trial that she had: the same answer as to somebody who is new.
    shown = [await progress(stack, link, answer["token"]) for answer in answers]
    assert shown[0] == shown[1]
    assert shown[0]["status"] == "TRIALING"
    assert await stack.deps.store["customers"].find_one({"_id": known["_id"]}) == known
    owned = await stack.deps.store["subscriptions"].find({"customer_id": known["_id"]}).to_list(None)
    assert [one["_id"] for one in owned] == [held]
    assert await stack.deps.store["customers"].count_documents({"email": ANA}) == 2
    # Somebody else's token, or one that is made up, tells nothing.
    wrong = await ask(stack, link, "SignUpProgress", {"token": answers[0]["token"][:-1] + "0"})
    assert wrong.json()["data"] is None


async def test_who_shows_that_an_address_is_theirs_has_what_was_bought_with_it(stack: Stack) -> None:
    first, second = await a_plan(stack, trialDays=7), await a_plan(stack, name="Pro", trialDays=7)
    await subscribe(stack, first, ANA, card="tok_visa")
    offers = ((second, 0), (first, 7), (second, 7))
    links = [await a_link(stack, plan, trialDays=days) for plan, days in offers]
    bruno = "bruno@example.com"
    for email in (ANA, bruno):
        for link in links:
            assert (await sign_up(stack, link, email=email))["userErrors"] == []
    await stack.idle()

    for email in (ANA, bruno, "nobody@example.com"):
        await prove_address(stack.deps, email)

    async def plans(email: str) -> list[str]:
        [customer] = (
            await stack.deps.store["customers"].find({"email": email, "unproven": None}).to_list(None)
        )
        found = stack.deps.store["subscriptions"].find({"customer_id": customer["_id"]})
        return [subscription["terms"]["plan_id"] async for subscription in found]

    # Not twice the same plan, and nobody's debt.
    assert sorted(await plans(ANA)) == sorted([first, second])
    assert sorted(await plans(bruno)) == sorted([first, second])
    assert await stack.deps.store["customers"].count_documents({"email": "nobody@example.com"}) == 0


async def test_cards_that_are_tried_by_a_link_stop_who_tries_them_and_nobody_else(stack: Stack) -> None:
    plan = await a_plan(stack, trialDays=0)
    link = await a_link(stack, plan)
    declined = {"paymentMethod": {"cardToken": "tok_charge_declined"}}

    codes = [
        code
        for _ in range(10)
        for code, _ in refusals(await sign_up(stack, link, **declined)) or [("TAKEN", None)]
    ]
    assert len(codes) == 10
    await stack.idle()

    # Ten an hour from one place, whatever address is typed; hers is as good as before.
    stopped = await sign_up(stack, link, email="other@example.com", paymentMethod={"cardToken": "tok_visa"})
    assert refusals(stopped) == [("TOO_MANY_DECLINES", ["paymentMethod"])]
    mine = token(role="customer", email=ANA)
    given = {"input": {"planId": plan, "paymentMethod": {"cardToken": "tok_visa"}}}
    bought = await stack.data(SUBSCRIBE, given, bearer=mine)
    assert bought["createSubscription"]["userErrors"] == []


async def test_what_a_link_does_not_offer_is_refused_and_changes_nothing(stack: Stack) -> None:
    plan = await a_plan(stack, trialDays=0)
    link = await a_link(stack, plan, methods=["PIX"], quantity={"min": 2, "max": 3})
    wrong: list[tuple[dict[str, Any], tuple[str, list[str] | None]]] = [
        ({"quantity": 1}, ("INVALID_VALUE", ["quantity"])),
        ({"quantity": 2, "paymentMethod": {"cardToken": "tok_visa"}}, ("INVALID_VALUE", ["paymentMethod"])),
        ({"quantity": 2, "email": "nobody"}, ("INVALID_VALUE", ["email"])),
        ({"quantity": 2, "name": " "}, ("INVALID_VALUE", ["name"])),
        ({"quantity": 2, "taxId": "529.982.247-24"}, ("INVALID_VALUE", ["taxId"])),
    ]
    for given, refusal in wrong:
        assert refusals(await sign_up(stack, link, **given)) == [refusal]
    card = {"card": {"number": "4242424242424242"}}
    form = {"email": ANA, "quantity": 2, "paymentMethod": card}
    assert (await ask(stack, link, "SignUp", {"input": form})).status_code == 400
    assert (await ask(stack, link, "LinkedInvoice", {})).status_code == 400
    assert await stack.deps.store["customers"].count_documents({}) == 0

    refused: list[tuple[dict[str, Any], str, str]] = [
        ({"successUrl": "https://evil.example/"}, "INVALID_VALUE", "successUrl"),
        ({"successUrl": "https://app.example.com@evil.example/"}, "INVALID_VALUE", "successUrl"),
        ({"cancelUrl": "javascript:alert(1)"}, "INVALID_VALUE", "cancelUrl"),
        ({"quantity": {"min": 3, "max": 2}}, "INVALID_VALUE", "quantity"),
        ({"maxUses": 0}, "INVALID_VALUE", "maxUses"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "INVALID_VALUE", "expiresAt"),
        ({"couponCode": "NONE"}, "COUPON_NOT_FOUND", "couponCode"),
    ]
    for given, code, field in refused:
        made = await stack.data(CREATE, {"input": {"planId": plan, **given}})
        assert refusals(made["createCheckoutLink"]) == [(code, [field])], given


async def test_links_close_each_in_its_way(stack: Stack) -> None:
    plan = await a_plan(stack, trialDays=0)
    link = await a_link(stack, plan)
    page = await stack.http.get(f"/c/{link}")
    assert page.status_code in {200, 503}  # 503: its files were not built here
    assert (page.headers["x-robots-tag"], page.headers["referrer-policy"]) == (
        "noindex, nofollow",
        "no-referrer",
    )
    made = await sign_up(stack, link)

    [shown] = (await stack.data(LINKS))["checkoutLinks"]["edges"]
    closing = {"input": {"linkId": shown["node"]["id"], "reason": "the campaign is over"}}
    closed = (await stack.data(REVOKE, closing))["revokeCheckoutLink"]["link"]
    assert closed["revokeReason"] == "the campaign is over"
    assert (await stack.data(REVOKE, closing))["revokeCheckoutLink"]["link"] == closed
    assert (await stack.http.get(f"/c/{link}")).status_code == 410
    assert refusals(await sign_up(stack, link)) == [("LINK_REVOKED", None)]
    # Who has signed up still hears what became of it.
    await stack.idle()
    assert (await progress(stack, link, made["token"]))["invoiceUrl"]
    logged = {act["action"] for act in await acts(stack, target=shown["node"]["id"])}
    assert logged == {"revokeCheckoutLink", "createCheckoutLink"}

    forged = link[:-1] + ("0" if link[-1] != "0" else "1")
    assert (await stack.http.get(f"/c/{forged}")).status_code == 404
    assert (await ask(stack, forged, "CheckoutOffer", {})).status_code == 404
    # The header opens nothing else, and who signs in with a token has no link.
    mine = await stack.graphql("{ checkoutOffer { asksWho } }")
    assert mine["errors"][0]["extensions"]["code"] == "LINK_NOT_FOUND"
