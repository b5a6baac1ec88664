"""Members: invited by mail, given roles, taken out, and never the last owner."""

import asyncio
from typing import Any

import pytest

from ciclo.actions.access.members import invite_by_command
from ciclo.permissions import OperatorRole, Permission, permissions_of
from tests.access.test_operations import acts
from tests.mails.post_office import PostOffice
from tests.mails.test_sign_in_links import BY, code_in, delivered, me_of, redeemed, stack
from tests.stack import Stack, browser_of, token

__all__ = ["stack"]

INVITE = """mutation($input: InviteMemberInput!) {
  inviteMember(input: $input) { member { id email roles } userErrors { code field } }
}"""
CHANGE = """mutation($input: ChangeMemberRoleInput!) {
  changeMemberRole(input: $input) { member { roles } userErrors { code field } }
}"""
REMOVE = """mutation($input: RemoveMemberInput!) {
  removeMember(input: $input) { member { id } userErrors { code field } }
}"""
MEMBERS = "{ members { edges { node { email roles invitedBy lastSeenAt } } } }"


async def asked(stack: Stack, query: str, bearer: str | None = None, **given: Any) -> dict[str, Any]:
    [payload] = (await stack.data(query, {"input": given}, bearer=bearer)).values()
    return dict(payload)


async def test_an_invited_member_signs_in_and_has_their_roles_as_they_are_now(
    stack: Stack, office: PostOffice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ciclo.web.sign_in.sessions.KNOWN_S_MAX", 0.0)
    await invite_by_command(stack.deps, "olga@example.com", [OperatorRole.OWNER], by=BY)
    invited = await asked(stack, INVITE, email="Sam@example.com", roles=["SUPPORT"], idempotencyKey="k")
    assert invited["userErrors"] == []
    sam = invited["member"]["id"]
    again = await asked(stack, INVITE, email="sam@example.com", roles=["SUPPORT"])
    assert again["userErrors"] == [{"code": "MEMBER_EXISTS", "field": ["email"]}]
    await delivered(stack)
    assert "convite" in str(office.came[-1]["Subject"]).lower()

    async with browser_of(stack) as browser:
        assert await redeemed(browser, code_in(office)) == (201, "")
        assert (await me_of(browser))["roles"] == ["SUPPORT"]
        await asked(stack, CHANGE, memberId=sam, roles=["ANALYST", "FINANCE"])
        me = await me_of(browser)
        assert me["roles"] == ["FINANCE", "ANALYST"]
        expected = permissions_of([OperatorRole.FINANCE, OperatorRole.ANALYST])
        assert set(me["permissions"]) == {permission.value for permission in expected}
        [seen] = [one["node"] for one in (await stack.data(MEMBERS))["members"]["edges"]][:1]
        assert (seen["email"], seen["invitedBy"]) == ("sam@example.com", "operator")
        assert seen["lastSeenAt"] is not None

        await asked(stack, REMOVE, memberId=sam)
        assert await me_of(browser) is None
    told = [act["action"] for act in await acts(stack, target=sam)]
    assert told == ["removeMember", "changeMemberRole", "inviteMember"]


async def test_the_last_owner_stays_whoever_asks_at_once(stack: Stack) -> None:
    owners = [
        (await invite_by_command(stack.deps, f"o{n}@example.com", [OperatorRole.OWNER], by=BY))[0].id
        for n in range(3)
    ]
    removed = await asyncio.gather(
        asked(stack, REMOVE, memberId=owners[0]),
        asked(stack, CHANGE, memberId=owners[1], roles=["SUPPORT"]),
        asked(stack, REMOVE, memberId=owners[2]),
    )

    refused = [one["userErrors"][0]["code"] for one in removed if one["userErrors"]]
    assert refused == ["LAST_OWNER"]
    assert await stack.deps.store["members"].count_documents({"roles": "OWNER"}) == 1


async def test_nobody_hands_on_more_than_they_may_and_bad_input_is_named(stack: Stack) -> None:
    owner, _ = await invite_by_command(stack.deps, "olga@example.com", [OperatorRole.OWNER], by=BY)
    for bearer in (token(roles=["DEVELOPER"]), token(role="customer", email="ana@example.com")):
        answer = await stack.graphql(
            INVITE, {"input": {"email": "x@example.com", "roles": ["OWNER"]}}, bearer=bearer
        )
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"

    key = await stack.data(
        "mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret } }",
        {"input": {"name": "HR", "scopes": [Permission.MEMBERS_WRITE]}},
    )
    secret = key["createApiKey"]["secret"]
    for query, given in (
        (INVITE, {"email": "x@example.com", "roles": ["OWNER"]}),
        (CHANGE, {"memberId": owner.id, "roles": ["FINANCE"]}),
        (REMOVE, {"memberId": owner.id}),
    ):
        refused = await asked(stack, query, secret, **given)
        assert refused["userErrors"] == [{"code": "FORBIDDEN", "field": ["roles"]}]
    for query, given, code, field in (
        (INVITE, {"email": "x", "roles": ["OWNER"]}, "INVALID_VALUE", "email"),
        (INVITE, {"email": "x@example.com", "roles": []}, "INVALID_VALUE", "roles"),
        (CHANGE, {"memberId": "mem_1", "roles": ["OWNER"]}, "MALFORMED_ID", "memberId"),
        (REMOVE, {"memberId": "mem_01h455vb4pex5vsknk084sn02q"}, "MEMBER_NOT_FOUND", "memberId"),
    ):
        refused = await asked(stack, query, **given)
        assert refused["userErrors"] == [{"code": code, "field": [field]}]
