"""API keys: what they open, for how long and from where, and that nobody can tell them again."""

import asyncio
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ciclo.actions.access.api_keys import KEY_SHAPE, ApiKeyDraft, create_api_key, digest_key, use_api_key
from ciclo.actions.dependencies import Deps
from ciclo.domain.errors.general import Forbidden
from ciclo.permissions import OperatorRole, Permission, permissions_of
from ciclo.store.access.api_keys import ADDRESSES_KEPT_MAX, find_key
from ciclo.viewer import Actor
from ciclo.web.api_keys import KeyVerifier
from ciclo.web.auth import KNOWN_S_MAX, TokenRejected
from tests.access.test_operations import acts
from tests.journeys.asking import a_plan, subscribe
from tests.journeys.test_live import FEED, listen, received, socket
from tests.reports.commands import ciclo
from tests.stack import Stack, emptied, token
from tests.web.test_logs import lines

__all__ = ["lines"]  # the fixture

CREATE = """
mutation($input: CreateApiKeyInput!) {
  createApiKey(input: $input) {
    secret userErrors { code field }
    apiKey { id name hint scopes createdBy createdAt expiresAt allowedAddresses revokedAt lastUsedAt }
  }
}"""
REVOKE = """
mutation($input: RevokeApiKeyInput!) {
  revokeApiKey(input: $input) { apiKey { id revokedAt } userErrors { code field } }
}"""
KEYS = "{ apiKeys(first: 100) { totalCount edges { node { id hint revokedAt lastUsedAt } } } }"
ME = "{ me { kind subject roles permissions } }"
MARA = Actor(name="mara")


async def created(stack: Stack, bearer: str | None = None, **given: Any) -> dict[str, Any]:
    usual = {"name": "Shop", "scopes": ["PLANS_READ"]}
    answer = await stack.data(CREATE, {"input": usual | given}, bearer=bearer)
    payload: dict[str, Any] = answer["createApiKey"]
    return payload


async def a_key(stack: Stack, **given: Any) -> str:
    payload = await created(stack, **given)
    assert payload["userErrors"] == []
    secret: str = payload["secret"]
    return secret


async def refusals(stack: Stack, **given: Any) -> list[dict[str, Any]]:
    errors: list[dict[str, Any]] = (await created(stack, **given))["userErrors"]
    return errors


async def is_taken(verifier: KeyVerifier, deps: Deps, secret: str, address: str = "203.0.113.7") -> bool:
    try:
        await verifier.verify(deps, secret, address=address)
    except TokenRejected:
        return False
    return True


async def test_a_key_is_shown_once_and_kept_as_a_digest(stack: Stack) -> None:
    payload = await created(stack, name="Shop", scopes=["BILLING_READ", "PLANS_READ"], idempotencyKey="k-1")
    secret, key = payload["secret"], payload["apiKey"]

    assert KEY_SHAPE.fullmatch(secret)
    assert secret.startswith("sk_test_")
    assert key["hint"] == f"sk_test_…{secret[-4:]}"
    assert key["scopes"] == ["PLANS_READ", "BILLING_READ"]
    assert key["createdBy"] == "operator"
    repeated = await created(stack, name="Shop", scopes=["BILLING_READ", "PLANS_READ"], idempotencyKey="k-1")
    assert (repeated["secret"], repeated["apiKey"]) == (None, key)

    stored = await stack.deps.store["api_keys"].find_one({"_id": key["id"]})
    assert stored is not None
    assert stored["digest"] == digest_key(secret)
    for name in ("api_keys", "operations", "idempotency"):
        documents = await stack.deps.store[name].find({}).to_list(None)
        assert secret not in str(documents)
    [act] = await acts(stack, target=key["id"])
    assert (act["action"], act["after"]["name"], "digest" in act["after"]) == ("createApiKey", "Shop", False)


async def test_a_key_is_in_no_log_wherever_it_is_sent_to(stack: Stack, lines: io.StringIO) -> None:
    payload = await created(stack, scopes=["PLANS_READ"])
    secret, key_id = payload["secret"], payload["apiKey"]["id"]
    await stack.data(ME, bearer=secret)
    await stack.graphql("query($id: ID!) { plan(id: $id) { id } }", {"id": secret}, bearer=secret)
    await stack.graphql("{ subscriptions { __typename } }", bearer=secret)
    await stack.http.get(f"/exports/payments.csv?token={secret}", headers={"authorization": secret})
    await stack.http.get(f"/{secret}")
    await stack.http.get(f"/api/entitlements/{secret}/alunos", headers={"authorization": f"Bearer {secret}x"})
    await stack.data(REVOKE, {"input": {"keyId": key_id}})
    await stack.graphql(ME, bearer=secret)

    assert lines.getvalue().count('"event":"request"') + lines.getvalue().count('"event": "request"') >= 9
    assert secret.removeprefix("sk_test_") not in lines.getvalue()


async def test_a_key_opens_its_scopes_and_nothing_else(stack: Stack) -> None:
    payload = await created(stack, scopes=["PLANS_READ", "PLANS_WRITE"])
    secret, key_id = payload["secret"], payload["apiKey"]["id"]

    assert (await stack.data(ME, bearer=secret))["me"] == {
        "kind": "SERVICE",
        "subject": key_id,
        "roles": [],
        "permissions": ["PLANS_READ", "PLANS_WRITE"],
    }
    archive = "mutation($input: ArchivePlanInput!) { archivePlan(input: $input) { userErrors { code } } }"
    plan_id = await a_plan(stack)
    await stack.data(archive, {"input": {"planId": plan_id}}, bearer=secret)
    [act, _] = await acts(stack, target=plan_id)
    assert (act["actor"], act["via"], act["action"]) == (key_id, "KEY", "archivePlan")

    for refused in ("{ subscriptions { __typename } }", "{ auditLog { __typename } }", KEYS):
        answer = await stack.graphql(refused, bearer=secret)
        assert [error["extensions"]["code"] for error in answer["errors"]] == ["FORBIDDEN"]
    file = await stack.http.get(
        "/exports/payments.csv?from=2026-01-01&to=2026-02-01", headers={"authorization": f"Bearer {secret}"}
    )
    assert file.status_code == 403


async def test_nobody_hands_on_more_than_they_may(stack: Stack) -> None:
    developer = token(subject="dev", roles=["DEVELOPER"])

    refused = await created(stack, bearer=developer, scopes=["REFUNDS_WRITE"])
    assert refused["userErrors"] == [{"code": "FORBIDDEN", "field": ["scopes"]}]
    made = await created(stack, bearer=developer, scopes=["EVENTS_READ", "KEYS_WRITE"])
    assert made["userErrors"] == []
    # So with a key that may make keys.
    again = await created(stack, bearer=made["secret"], scopes=["PLANS_READ"])
    assert again["userErrors"] == [{"code": "FORBIDDEN", "field": ["scopes"]}]


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"scopes": []}, "INVALID_VALUE", "scopes"),
        ({"name": " "}, "INVALID_VALUE", "name"),
        ({"name": "n" * 101}, "INVALID_VALUE", "name"),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, "DATE_IN_PAST", "expiresAt"),
        ({"allowedAddresses": ["example.com"]}, "INVALID_VALUE", "allowedAddresses"),
        ({"allowedAddresses": ["203.0.113.7/24"]}, "INVALID_VALUE", "allowedAddresses"),
        ({"allowedAddresses": ["203.0.113.7"] * 51}, "INVALID_VALUE", "allowedAddresses"),
    ],
)
async def test_what_can_be_no_key_is_refused(
    stack: Stack, given: dict[str, Any], code: str, field: str
) -> None:
    assert await refusals(stack, **given) == [{"code": code, "field": [field]}]


async def test_a_revoked_key_is_refused_everywhere_once_it_is_looked_up_again(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    payload = await created(stack)
    secret, key_id = payload["secret"], payload["apiKey"]["id"]
    here, elsewhere = KeyVerifier(), KeyVerifier()
    assert await is_taken(here, stack.deps, secret)

    given = {"input": {"keyId": key_id}}
    first = (await stack.data(REVOKE, given))["revokeApiKey"]["apiKey"]
    assert (await stack.data(REVOKE, given))["revokeApiKey"]["apiKey"] == first

    assert KNOWN_S_MAX <= 30
    assert not await is_taken(elsewhere, stack.deps, secret)
    assert await is_taken(here, stack.deps, secret)
    monkeypatch.setattr("ciclo.web.api_keys.KNOWN_S_MAX", 0.0)
    at_once = KeyVerifier()
    assert not await is_taken(at_once, stack.deps, secret)
    assert [act["action"] for act in await acts(stack, target=key_id) if act["action"] == "revokeApiKey"] == [
        "revokeApiKey"
    ]


async def test_a_key_is_looked_up_anew_after_its_time(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    payload = await created(stack)
    monkeypatch.setattr("ciclo.web.api_keys.KNOWN_S_MAX", 0.0)
    verifier = KeyVerifier()
    assert await is_taken(verifier, stack.deps, payload["secret"])

    await stack.data(REVOKE, {"input": {"keyId": payload["apiKey"]["id"]}})

    assert not await is_taken(verifier, stack.deps, payload["secret"])


async def test_an_unknown_key_can_not_be_revoked(stack: Stack) -> None:
    for key_id, code in (("key_01h455vb4pex5vsknk084sn02q", "API_KEY_NOT_FOUND"), ("x", "MALFORMED_ID")):
        answer = await stack.data(REVOKE, {"input": {"keyId": key_id}})
        assert answer["revokeApiKey"]["userErrors"] == [{"code": code, "field": ["keyId"]}]


async def test_a_key_expires_at_once_even_where_it_is_known(stack: Stack) -> None:
    ends_at = datetime.now(UTC) + timedelta(hours=1)
    secret = await a_key(stack, expiresAt=ends_at.isoformat())
    verifier = KeyVerifier()
    assert await is_taken(verifier, stack.deps, secret)

    later = replace(stack.deps, wall=lambda: ends_at + timedelta(seconds=1))

    assert not await is_taken(verifier, later, secret)
    assert not await is_taken(KeyVerifier(), later, secret)


@pytest.mark.parametrize(
    ("networks", "address", "taken"),
    [
        (["203.0.113.0/24"], "203.0.113.200", True),
        (["203.0.113.0/24"], "203.0.114.1", False),
        (["203.0.113.7", "2001:db8::/32"], "2001:db8::1", True),
        (["203.0.113.7"], "::ffff:203.0.113.7", True),
        (["203.0.113.7"], "", False),
        (["::/0"], "203.0.113.7", False),
    ],
)
async def test_a_key_is_taken_from_its_networks_only(
    stack: Stack, networks: list[str], address: str, *, taken: bool
) -> None:
    secret = await a_key(stack, allowedAddresses=networks)

    assert await is_taken(KeyVerifier(), stack.deps, secret, address) == taken


@pytest.mark.parametrize(
    "shown",
    [
        "sk_",
        "sk_test_",
        f"sk_test_{'a' * 32}",
        f"sk_live_{'a' * 32}",
        f"sk_test_{'A' * 32}",
        "sk_test_" + "a" * 9_000,
    ],
)
async def test_what_is_no_key_is_refused_like_a_bad_token(stack: Stack, shown: str) -> None:
    answer = await stack.http.post(
        "/graphql", json={"query": ME}, headers={"authorization": f"Bearer {shown}"}
    )

    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
    bad = await stack.http.post("/graphql", json={"query": ME}, headers={"authorization": "Bearer x.y.z"})
    assert answer.json()["errors"][0]["message"] == bad.json()["errors"][0]["message"]


async def test_use_is_known_to_the_minute_and_a_new_address_is_told(stack: Stack) -> None:
    payload = await created(stack)
    secret, key_id = payload["secret"], payload["apiKey"]["id"]
    noon = datetime(2030, 1, 1, 12, tzinfo=UTC)

    async def use(seconds: int, address: str) -> datetime | None:
        deps = replace(stack.deps, wall=lambda: noon + timedelta(seconds=seconds))
        await use_api_key(deps, secret, address=address, request_id="r")
        key = await find_key(stack.deps.store, key_id)
        assert key is not None
        return key.last_used_at

    assert await use(0, "203.0.113.7") == noon
    assert await use(59, "203.0.113.7") == noon
    assert await use(61, "203.0.113.8") == noon + timedelta(seconds=61)
    assert await use(62, "203.0.113.7") == noon + timedelta(seconds=61)

    uses = [act for act in await acts(stack, target=key_id) if act["action"] == "useApiKey"]
    assert [act["address"] for act in uses] == ["203.0.113.8", "203.0.113.7"]
    assert {(act["actor"], act["via"]) for act in uses} == {(key_id, "KEY")}


async def test_a_new_address_is_told_once_however_many_come_from_it_at_a_time(stack: Stack) -> None:
    payload = await created(stack)
    verifiers = [KeyVerifier() for _ in range(8)]

    await asyncio.gather(*(is_taken(one, stack.deps, payload["secret"]) for one in verifiers))

    uses = await acts(stack, target=payload["apiKey"]["id"], action="useApiKey")
    assert len(uses) == 1


async def test_so_many_addresses_of_a_key_are_remembered(stack: Stack) -> None:
    payload = await created(stack)
    for number in range(ADDRESSES_KEPT_MAX + 3):
        await use_api_key(stack.deps, payload["secret"], address=f"10.0.0.{number}", request_id="")

    key = await find_key(stack.deps.store, payload["apiKey"]["id"])

    assert key is not None
    assert key.addresses == tuple(f"10.0.0.{number}" for number in range(3, ADDRESSES_KEPT_MAX + 3))


async def test_the_first_key_comes_from_the_command_line(stack: Stack, tmp_path: Path) -> None:
    await emptied(stack.deps)
    made = await ciclo(
        stack, "keys", "create", "Shop", "--scope", "PLANS_READ", "--expires", "2100-01-01", folder=tmp_path
    )
    assert (made.code, len(made.lines)) == (0, 1)
    [secret] = made.lines
    assert (await stack.data(ME, bearer=secret))["me"]["permissions"] == ["PLANS_READ"]

    key_id = made.errors.partition(":")[0]
    listed = await ciclo(stack, "keys", "list", folder=tmp_path)
    assert listed.lines[0].startswith(f"{key_id}  sk_test_…{secret[-4:]}  valid  ")
    assert listed.lines[-1] == "1 keys"
    revoked = await ciclo(stack, "keys", "revoke", key_id, folder=tmp_path)
    assert revoked.lines == [f"{key_id} is revoked"]
    assert "  revoked  " in (await ciclo(stack, "keys", "list", folder=tmp_path)).lines[0]
    assert {act["via"] for act in await acts(stack, target=key_id)} == {"CLI", "KEY"}


async def test_a_key_without_scopes_is_refused_on_the_command_line(stack: Stack, tmp_path: Path) -> None:
    refused = await ciclo(stack, "keys", "create", "Shop", folder=tmp_path)

    assert (refused.code, refused.errors) == (1, "ciclo: a key has at least one scope\n")


async def test_a_maker_without_permissions_makes_nothing(stack: Stack) -> None:
    draft = ApiKeyDraft(name="Shop", scopes=frozenset({Permission.REFUNDS_WRITE}))
    with pytest.raises(Forbidden):
        await create_api_key(stack.deps, draft, by=MARA, permissions=permissions_of([OperatorRole.SUPPORT]))


async def test_a_live_update_of_a_revoked_key_tells_nothing_more(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ciclo.web.api_keys.KNOWN_S_MAX", 0.0)
    payload = await created(stack, scopes=["EVENTS_READ"])
    plan_id = await a_plan(stack)
    async with socket(stack, payload["secret"]) as ws:
        await listen(ws, FEED)
        await ws.send('{"type": "ping"}')
        await ws.recv()
        first = await subscribe(stack, plan_id, "first@example.com")
        assert (await received(ws))["eventFeed"]["subscriptionId"] == first

        await stack.data(REVOKE, {"input": {"keyId": payload["apiKey"]["id"]}})
        second = await subscribe(stack, plan_id, "second@example.com")

        told = []
        while not (told and "errors" in told[-1]):
            told.append(json.loads(await asyncio.wait_for(ws.recv(), timeout=10))["payload"])
    assert told[-1]["errors"][0]["extensions"]["code"] == "TOKEN_EXPIRED"
    assert second not in str(told)
