"""The operations log: what is told of an act, what is not, and what is noticed when somebody alters it."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from ciclo.actions.access.log_upkeep import keep_operations_log
from ciclo.actions.access.operations import new_operation
from ciclo.actions.audit.operations import OperationCounts, audit_operations
from ciclo.domain.replay import Difference
from ciclo.store.access.operation_heads import BODIES_KEPT_FOR, erase_bodies
from ciclo.store.access.operations import Operation, append_operation, log_operation
from ciclo.store.mongo.transaction import Session, run_transaction
from ciclo.viewer import Actor, Via
from graphql_schema.execution.bulk_reading import CUSTOMERS_MIN
from tests.deliveries.asking import CREATE
from tests.journeys.asking import a_plan, subscribe
from tests.reports.altering import altered
from tests.reports.commands import ciclo
from tests.stack import Stack, emptied, token, until

AUDIT_LOG = """
query($filter: OperationFilter, $first: Int, $after: String) {
  auditLog(filter: $filter, first: $first, after: $after) {
    totalCount pageInfo { hasNextPage endCursor }
    edges { node { id at actor via address requestId action target before after seq link } }
  }
}"""

MARA = Actor(name="mara", address="203.0.113.7", request_id="req-1")


async def acts(stack: Stack, **filter_: Any) -> list[dict[str, Any]]:
    found = await stack.data(AUDIT_LOG, {"filter": filter_, "first": 100})
    return [edge["node"] for edge in found["auditLog"]["edges"]]


async def differences(stack: Stack) -> list[Difference]:
    return [
        found async for found in audit_operations(stack.deps.store, OperationCounts(), now=stack.deps.wall())
    ]


def told(act: dict[str, Any]) -> dict[str, Any]:
    return {name: act[name] for name in ("actor", "via", "action", "target", "before", "after")}


def an_operation(stack: Stack, number: int, **changes: Any) -> Operation:
    return new_operation(stack.deps, MARA, "updateThing", f"thing {number}", **changes)


async def test_what_is_written_to_a_register_is_logged_with_what_differs(stack: Stack) -> None:
    plan_id = await a_plan(stack, name="Basic")
    update = "mutation($input: UpdatePlanInput!) { updatePlan(input: $input) { userErrors { code } } }"
    await stack.data(update, {"input": {"planId": plan_id, "name": "Better"}})

    changed, made = await acts(stack, target=plan_id)

    instant = changed["after"].pop("updated_at")
    assert instant > changed["before"].pop("updated_at")
    assert told(changed) == {
        "actor": "operator",
        "via": "TOKEN",
        "action": "updatePlan",
        "target": plan_id,
        "before": {"name": "Basic"},
        "after": {"name": "Better"},
    }
    assert (made["action"], made["before"], made["after"]["price"]) == (
        "createPlan",
        None,
        {"amount": 2999, "currency": "BRL"},
    )
    assert changed["address"] == "127.0.0.1"
    assert changed["requestId"]
    assert changed["seq"] == made["seq"] + 1


async def test_a_refused_write_leaves_no_operation(stack: Stack) -> None:
    before = await acts(stack)
    archive = "mutation($input: ArchivePlanInput!) { archivePlan(input: $input) { userErrors { code } } }"
    refused = await stack.data(archive, {"input": {"planId": "plan_01h455vb4pex5vsknk084sn02q"}})

    assert refused["archivePlan"]["userErrors"] == [{"code": "PLAN_NOT_FOUND"}]
    assert await acts(stack) == before


async def test_a_write_that_fails_takes_its_operation_back(stack: Stack) -> None:
    class Failure(Exception):
        pass

    async def body(session: Session) -> None:
        await append_operation(stack.deps.store, an_operation(stack, 1), session)
        raise Failure

    before = await acts(stack)
    with pytest.raises(Failure):
        await run_transaction(stack.deps.store, body)

    assert await acts(stack) == before
    assert await differences(stack) == []


async def test_secrets_and_tax_ids_are_not_told(stack: Stack) -> None:
    after = {
        "tax_id": "529.982.247-25",
        "payer": {"cpf": "52998224725"},
        "secret": "s",
        "name": "sk_test_abc",
    }
    await log_operation(stack.deps.store, an_operation(stack, 7, after=after))

    [act] = await acts(stack, target="thing 7")

    assert act["after"] == {
        "tax_id": "[withheld]",
        "payer": {"cpf": "[withheld]"},
        "secret": "[secret]",
        "name": "[secret]",
    }


async def test_events_that_somebody_asked_for_stand_in_the_same_list(stack: Stack) -> None:
    plan_id = await a_plan(stack)
    subscription_id = await subscribe(stack, plan_id, "ana@example.com")

    [act] = await acts(stack, target=subscription_id)

    assert (act["action"], act["actor"], act["seq"]) == ("subscription_created", "operator", None)
    assert [one["target"] for one in await acts(stack)][:2] == [subscription_id, plan_id]
    assert {one["target"] for one in await acts(stack, action="subscription_created")} == {subscription_id}


async def test_every_act_is_on_one_page_whatever_their_size(stack: Stack) -> None:
    await emptied(stack.deps)
    plan_id = await a_plan(stack)
    await asyncio.gather(*(subscribe(stack, plan_id, f"{number}@example.com") for number in range(5)))
    for number in range(6):
        await log_operation(stack.deps.store, an_operation(stack, number))

    seen, cursor = [], None
    for _ in range(6):
        page = (await stack.data(AUDIT_LOG, {"first": 2, "after": cursor}))["auditLog"]
        seen += [edge["node"] for edge in page["edges"]]
        cursor = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break

    assert page["totalCount"] == len(seen) == 12
    assert seen == await acts(stack)
    assert seen == sorted(seen, key=lambda act: (act["at"], act["id"]), reverse=True)


async def test_acts_are_found_by_actor_and_instant(stack: Stack) -> None:
    await log_operation(stack.deps.store, an_operation(stack, 21))
    [act] = await acts(stack, target="thing 21")

    assert act in await acts(stack, actor="mara", **{"from": act["at"]})
    assert act not in await acts(stack, actor="mara", to=act["at"])
    assert act not in await acts(stack, actor="operator")
    assert (act["address"], act["requestId"]) == ("203.0.113.7", "req-1")


async def test_operations_side_by_side_make_one_chain(stack: Stack) -> None:
    await emptied(stack.deps)
    await asyncio.gather(
        *(log_operation(stack.deps.store, an_operation(stack, number)) for number in range(20))
    )

    counts = OperationCounts()
    found = [one async for one in audit_operations(stack.deps.store, counts, now=stack.deps.wall())]

    assert (found, counts.operations) == ([], 20)
    assert sorted(act["seq"] for act in await acts(stack)) == list(range(1, 21))


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"$set": {"actor": "nobody"}}, "is not what its digest says, or does not follow the one before it"),
        ({"$set": {"after": {}}}, "what it says of before and after is not what its digest says"),
        (
            {"$set": {"link": "0" * 64}},
            "is not what its digest says, or does not follow the one before it",
        ),
    ],
)
async def test_what_is_altered_is_named(stack: Stack, change: dict[str, Any], what: str) -> None:
    await emptied(stack.deps)
    for number in range(3):
        await log_operation(stack.deps.store, an_operation(stack, number, after={"n": number}))

    async with altered(stack, "operations", change, seq=2) as operation:
        assert Difference(operation["_id"], what) in await differences(stack)
    assert await differences(stack) == []


@pytest.mark.parametrize("seq", [1, 2, 3])
async def test_what_is_dropped_is_noticed(stack: Stack, seq: int, tmp_path: Path) -> None:
    await emptied(stack.deps)
    for number in range(3):
        await log_operation(stack.deps.store, an_operation(stack, number))
    clean = await ciclo(stack, "audit", "--operations", folder=tmp_path)
    assert (clean.code, clean.lines) == (0, ["checked 3 operations: 0 differences"])

    await stack.deps.store["operations"].delete_one({"seq": seq})

    done = await ciclo(stack, "audit", "--operations", folder=tmp_path)
    assert done.code == 1
    assert done.lines[-1].startswith("checked 2 operations: ")


async def test_an_export_and_a_move_of_the_clock_are_operations(stack: Stack) -> None:
    await emptied(stack.deps)
    headers = {"authorization": f"Bearer {token()}"}
    answer = await stack.http.get("/exports/payments.csv?from=2026-01-01&to=2026-02-01", headers=headers)
    assert answer.status_code == 200
    advance = "mutation($input: AdvanceClockInput!) { advanceClock(input: $input) { userErrors { code } } }"
    await stack.data(advance, {"input": {"by": "P1D"}})

    moved, exported = await acts(stack)

    assert (exported["action"], exported["target"]) == ("export", "payments.csv")
    assert exported["after"] == {"from": "2026-01-01", "to": "2026-02-01"}
    assert (moved["action"], moved["target"]) == ("advanceClock", "clock")
    assert moved["before"]["shown"] < moved["after"]["shown"]


async def test_a_repair_is_an_operation_and_the_log_itself_has_none(stack: Stack, tmp_path: Path) -> None:
    await emptied(stack.deps)
    done = await ciclo(stack, "audit", "--repair", folder=tmp_path)
    assert done.code == 0
    [act] = await acts(stack)
    assert (act["action"], act["via"]) == ("repair", "CLI")

    refused = await ciclo(stack, "audit", "--operations", "--repair", folder=tmp_path)
    assert refused.code == 2
    assert await acts(stack) == [act]


async def test_a_command_acts_under_its_users_name(stack: Stack, tmp_path: Path) -> None:
    days = ("--from", "2026-01-01", "--to", "2026-02-01")
    done = await ciclo(stack, "export", "events", *days, folder=tmp_path)
    assert done.code == 0

    [act, *_] = await acts(stack)

    assert (act["action"], act["via"], act["address"]) == ("export", Via.CLI.value, None)
    assert act["actor"].startswith("cli:")
    assert "@" in act["actor"]


async def test_who_reads_about_many_people_is_told_of_once(stack: Stack) -> None:
    await emptied(stack.deps)
    plan_id = await a_plan(stack)
    for start in range(0, CUSTOMERS_MIN, 10):
        await asyncio.gather(
            *(subscribe(stack, plan_id, f"p{number}@example.com") for number in range(start, start + 10))
        )
    query = "query($first: Int) { subscriptions(first: $first) { edges { node { customer { email } } } } }"
    reader = token(subject="reader")

    await stack.data(query, {"first": CUSTOMERS_MIN - 1}, bearer=reader)
    assert await acts(stack, actor="reader") == []
    for _ in range(2):
        await stack.data(query, {"first": CUSTOMERS_MIN}, bearer=reader)

    [act] = await acts(stack, actor="reader")
    assert (act["action"], act["target"], act["after"]) == (
        "readCustomers",
        "subscriptions",
        {"customers": CUSTOMERS_MIN},
    )


async def test_the_head_of_the_log_is_told_once_a_day_and_kept(stack: Stack) -> None:
    await emptied(stack.deps)
    assert await keep_operations_log(stack.deps) is None
    for number in range(2):
        await log_operation(stack.deps.store, an_operation(stack, number))
    await stack.data(CREATE, {"input": {"url": "http://127.0.0.1:9/", "types": ["OPERATIONS_LOG_HEAD"]}})

    endpoint = await stack.deps.store["webhook_endpoints"].find_one({})
    assert endpoint is not None

    async def hears() -> bool:
        return stack.deps.wall() > endpoint["starts_at"]

    await until(hears)
    told = await asyncio.gather(*(keep_operations_log(stack.deps) for _ in range(5)))

    [head] = [one for one in told if one is not None]
    (message,) = await stack.deps.store["messages"].find({"type": "operations_log.head"}).to_list(None)
    last = await stack.deps.store["operations"].find_one({"seq": 3})
    assert last is not None
    assert (head.operations, head.link) == (3, last["link"])
    assert orjson.loads(message["body"])["data"] == {
        "id": head.day.isoformat(),
        "day": head.day.isoformat(),
        "operations": 3,
        "link": last["link"],
    }
    assert await differences(stack) == []


async def test_a_chain_that_was_forged_whole_differs_from_the_heads_that_were_told(stack: Stack) -> None:
    await emptied(stack.deps)
    await log_operation(stack.deps.store, an_operation(stack, 1))
    head = await keep_operations_log(stack.deps)
    assert head is not None
    await stack.deps.store["operations"].delete_many({})
    await stack.deps.store["counters"].delete_one({"_id": "operations"})
    await log_operation(stack.deps.store, an_operation(stack, 2))

    forged = f"is not what the log's head of {head.day} says"

    assert [one.what for one in await differences(stack)] == [forged]
    await emptied(stack.deps)


async def test_what_old_operations_say_is_erased_and_the_chain_still_holds(stack: Stack) -> None:
    await emptied(stack.deps)
    for number in range(3):
        await log_operation(stack.deps.store, an_operation(stack, number, after={"n": number}))
    now = stack.deps.wall()

    assert await erase_bodies(stack.deps.store, before=now + timedelta(seconds=1)) == 3
    assert await erase_bodies(stack.deps.store, before=now + timedelta(seconds=1)) == 0

    stored = await stack.deps.store["operations"].find({}).to_list(None)
    assert [(one["before"], one["after"]) for one in stored] == [(None, None)] * 3
    later = now + BODIES_KEPT_FOR + timedelta(days=1)
    counts = OperationCounts()
    assert [one async for one in audit_operations(stack.deps.store, counts, now=later)] == []
    # Before its time nobody erases anything.
    assert len(await differences(stack)) == 3
