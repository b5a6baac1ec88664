"""The audit reads one instant and writes nothing: it finds no difference in what is billed meanwhile."""

from dataclasses import replace
from datetime import timedelta

from ciclo.actions.dependencies import open_deps
from ciclo.actions.processing.due_work import run_due_work
from ciclo.settings.settings import Settings
from ciclo.store.ledger.orphans import count_all
from ciclo.store.mongo.client import Store
from ciclo.store.mongo.snapshot import snapshot
from tests.ledgers.kept import LEDGERS, audited, load


async def test_what_is_billed_after_the_first_read_has_no_part_in_the_audit(
    store: Store, settings: Settings
) -> None:
    counts = await load(LEDGERS[0], store)
    async with open_deps(settings) as deps, snapshot(deps.store) as then:
        assert await count_all(then, "subscriptions") == counts["subscriptions"]
        assert await run_due_work(deps, now=await deps.clock.now() + timedelta(days=40)) > 0

        checked = await audited(replace(deps, store=then))
        now = await audited(deps)

    assert (checked.events, checked.invoices) == (counts["applied"], counts["invoices"])
    assert now.events > checked.events


async def test_an_audit_leaves_a_database_as_it_was(store: Store, settings: Settings) -> None:
    await load(LEDGERS[0], store)
    async with open_deps(settings) as deps:
        before = await store.database.command("dbHash")
    # Another policy than the one that is kept: a process that bills would keep this one too.
    other = settings.model_copy(update={"grace_days": 3})

    async with open_deps(other, read_only=True) as deps, snapshot(deps.store) as then:
        await audited(replace(deps, store=then))

    after = await store.database.command("dbHash")
    assert (after["md5"], after["collections"]) == (before["md5"], before["collections"])
