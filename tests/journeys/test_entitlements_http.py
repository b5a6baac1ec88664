"""Entitlements over HTTP: a check with its ETag, a consumption, and refusals as problems."""

from typing import Any

import httpx
import pytest

from tests.journeys.entitled import a_studio, a_trainer, checked
from tests.stack import Stack, token


async def get(stack: Stack, path: str, *, bearer: str | None = None, **headers: str) -> httpx.Response:
    given = {"authorization": f"Bearer {bearer or token()}", **headers}
    return await stack.http.get(f"/api/entitlements/{path}", headers=given)


async def consume(stack: Stack, *, bearer: str | None = None, **body: Any) -> httpx.Response:
    given = {"authorization": f"Bearer {bearer or token()}"}
    return await stack.http.post("/api/entitlements/consume", json=body, headers=given)


async def test_a_check_is_answered_again_only_once_something_has_changed(stack: Stack) -> None:
    _, trainer = await a_trainer(stack)
    await stack.deps.store["customers"].update_one({"_id": trainer}, {"$set": {"external_id": "academia-7"}})
    first = await get(stack, "academia-7/alunos?quantity=30")
    same = await get(stack, f"{trainer}/alunos?quantity=30", **{"if-none-match": first.headers["etag"]})
    assert (first.status_code, first.json()) == (
        200,
        {"allowed": True, "reason": "NONE", "limit": 30, "used": 0, "remaining": 30, "resetsOn": None},
    )
    assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", first.headers["etag"])

    used = await consume(stack, customer="academia-7", feature="alunos", quantity=2, idempotencyKey="k")
    again = await consume(stack, customer="academia-7", feature="alunos", quantity=2, idempotencyKey="k")
    after = await get(stack, f"{trainer}/alunos?quantity=30", **{"if-none-match": first.headers["etag"]})

    assert used.json() == {"allowed": True, "reason": "NONE", "limit": 30, "used": 2, "remaining": 28}
    assert again.json() == used.json()
    assert (after.status_code, after.json()["remaining"]) == (200, 28)


async def test_what_is_not_allowed_names_the_plan_that_would_allow_it(stack: Stack) -> None:
    _, trainer = await a_trainer(stack)
    studio = await a_studio(stack)
    upgrade = {
        "id": studio,
        "name": "Estúdio",
        "price": {"amount": "199.90", "currency": "BRL"},
        "billingCycle": "MONTHLY",
    }

    async def names_it() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await get(stack, f"{trainer}/alunos?quantity=31")).json()["upgrades"]
        return found

    assert await names_it() == [upgrade]
    refused = (
        await consume(stack, customer=trainer, feature="alunos", quantity=31, idempotencyKey="k")
    ).json()
    assert (refused["allowed"], refused["reason"], refused["upgrades"]) == (False, "LIMIT_REACHED", [upgrade])


async def test_a_customer_may_look_at_their_own_and_use_nothing(stack: Stack) -> None:
    _, trainer = await a_trainer(stack)
    tiago, other = (token(role="customer", email=email) for email in ("tiago@example.com", "bia@example.com"))
    own = [await get(stack, f"{named}/alunos", bearer=tiago) for named in (trainer, "tiago@example.com")]
    others = await get(stack, f"{trainer}/alunos", bearer=other)
    used = await consume(stack, bearer=tiago, customer=trainer, feature="alunos", idempotencyKey="k")
    nobody = await stack.http.get(f"/api/entitlements/{trainer}/alunos")

    assert [answer.status_code for answer in own] == [200, 200]
    assert (others.status_code, others.json()["code"]) == (404, "CUSTOMER_NOT_FOUND")
    assert (used.status_code, used.json()["code"]) == (403, "FORBIDDEN")
    assert (nobody.status_code, nobody.json()["code"]) == (401, "UNAUTHENTICATED")
    assert (await checked(stack, trainer))["used"] == 0


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"quantity": 0}, 400, "INVALID_VALUE"),
        ({"quantity": -1}, 400, "INVALID_VALUE"),
        ({"quantity": "1"}, 400, "INVALID_VALUE"),
        ({"quantity": 1.5}, 400, "INVALID_VALUE"),
        ({"quantity": 2**40}, 400, "INVALID_VALUE"),
        ({"idempotencyKey": ""}, 400, "INVALID_VALUE"),
        ({"idempotencyKey": None}, 400, "INVALID_VALUE"),
        ({"feature": "cavalos"}, 404, "FEATURE_NOT_FOUND"),
        ({"customer": "cus_01h455vb4pex5vsknk084sn02q"}, 404, "CUSTOMER_NOT_FOUND"),
        ({"customer": "nobody@example.com"}, 404, "CUSTOMER_NOT_FOUND"),
        ({"customer": "cus_1"}, 400, "MALFORMED_ID"),
        ({"customer": "academia-8"}, 404, "CUSTOMER_NOT_FOUND"),
        ({"surprise": True}, 400, "INVALID_VALUE"),
    ],
)
async def test_bad_input_is_a_problem_with_a_code(
    stack: Stack, body: dict[str, Any], status: int, code: str
) -> None:
    _, trainer = await a_trainer(stack)
    given = {"customer": trainer, "feature": "alunos", "idempotencyKey": "k"}
    answer = await consume(stack, **given | body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await checked(stack, trainer))["used"] == 0


async def test_a_key_of_another_request_is_a_conflict_and_a_quantity_is_a_number(stack: Stack) -> None:
    _, trainer = await a_trainer(stack)
    about = {"customer": trainer, "feature": "alunos", "idempotencyKey": "k"}
    await consume(stack, **about)
    other = await consume(stack, **about, quantity=2)
    odd = [await get(stack, f"{trainer}/alunos?quantity={text}") for text in ("0", "-1", "x", "1e3")]

    assert (other.status_code, other.json()["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert [(answer.status_code, answer.json()["code"]) for answer in odd] == [(400, "INVALID_VALUE")] * 4
