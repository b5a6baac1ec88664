"""`ciclo audit`: what it says, and its exit code."""

from pathlib import Path

from tests.journeys.asking import a_plan, subscribe
from tests.reports.altering import altered
from tests.reports.commands import ciclo
from tests.stack import Stack

SUMMARY = "checked 1 subscription, 4 events (4 re-decided, 0 by digest), 1 invoice, 1 payment, 1 customer: "


async def paying(stack: Stack) -> Stack:
    """Return a stack with one customer who pays 29.99 a month."""
    plan_id = await a_plan(stack, trialDays=0)
    await subscribe(stack, plan_id, "ana@example.com", card="tok_visa")
    return stack


async def test_a_clean_ledger_is_told_with_what_was_checked(stack: Stack, tmp_path: Path) -> None:
    done = await ciclo(await paying(stack), "audit", folder=tmp_path)

    assert (done.code, done.lines, done.errors) == (0, [SUMMARY + "0 differences"], "")


async def test_an_altered_amount_is_named_and_the_exit_code_says_so(stack: Stack, tmp_path: Path) -> None:
    async with altered(await paying(stack), "payments", {"$inc": {"amount": 1}}) as payment:
        done = await ciclo(stack, "audit", folder=tmp_path)

    assert (done.code, done.lines) == (
        1,
        [f"{payment['_id']}: amount is 3000, expected 2999", SUMMARY + "1 difference"],
    )


async def test_a_document_that_can_not_be_read_is_named(stack: Stack, tmp_path: Path) -> None:
    async with altered(await paying(stack), "invoices", {"$set": {"status": "PERHAPS"}}) as invoice:
        done = await ciclo(stack, "audit", folder=tmp_path)

    assert (done.code, done.lines) == (1, [])
    assert done.errors.startswith(f"ciclo: {invoice['_id']} can't be read")


async def test_only_so_many_differences_are_listed_and_the_rest_is_counted(
    stack: Stack, tmp_path: Path
) -> None:
    await paying(stack)
    strays = [{"_id": f"stray {number}", "subscription_id": "sub_nobody"} for number in range(80)]
    for collection in ("payments", "movements"):
        await stack.deps.store[collection].insert_many(strays)

    done = await ciclo(stack, "audit", folder=tmp_path)
    for collection in ("payments", "movements"):
        await stack.deps.store[collection].delete_many({"subscription_id": "sub_nobody"})

    assert (done.code, done.lines[100:]) == (1, ["and 60 more", SUMMARY + "160 differences"])


async def test_repair_says_what_it_put_right(stack: Stack, tmp_path: Path) -> None:
    await paying(stack)
    counters = stack.deps.store["plan_counts"]
    kept = await counters.find_one({"statuses.ACTIVE": 1})
    assert kept is not None
    await counters.update_one({"_id": kept["_id"]}, {"$inc": {"statuses.ACTIVE": 4}})

    done = await ciclo(stack, "audit", "--repair", folder=tmp_path)

    assert (done.code, done.lines) == (
        0,
        [
            f"put right: {kept['plan_id']}: counts 5 ACTIVE subscriptions, there are 1",
            SUMMARY + "0 differences, 1 put right",
        ],
    )
