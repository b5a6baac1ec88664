"""The promise: what any earlier release stored is read, audited and carried on by this one."""

from pathlib import Path

import pytest

from ciclo.actions.clock import read_wall_clock
from ciclo.actions.dependencies import open_deps
from ciclo.settings.settings import Settings
from ciclo.store.mongo.client import Store
from ciclo.store.mongo.migrations import migrate, read_migration_state
from tests.ledgers.kept import LEDGERS, audited, load, sandbox_secret
from tests.stack import running_stack


@pytest.mark.parametrize("path", LEDGERS, ids=lambda path: path.name.removesuffix(".jsonl.gz"))
async def test_a_kept_ledger_is_migrated_audited_and_carried_on(
    path: Path, store: Store, settings: Settings
) -> None:
    settings = settings.model_copy(update={"sandbox_secret": sandbox_secret(path)})
    counts = await load(path, store)
    async with open_deps(settings) as deps:
        async for _ in migrate(store, holder="test", now=read_wall_clock):
            pass
        assert (await read_migration_state(store)).behind == ()
        before = await audited(deps)
    assert (before.subscriptions, before.events, before.invoices, before.payments, before.customers) == (
        counts["subscriptions"],
        counts["applied"],
        counts["invoices"],
        counts["payments"],
        counts["customers"],
    )
    assert before.redecided + before.sealed == before.events

    async with running_stack(settings, keep=True) as stack:
        await stack.advance(by="P70D")
        await stack.idle()
        after = await audited(stack.deps)
    assert after.events > before.events
    assert after.invoices > before.invoices
    assert after.redecided + after.sealed == after.events


def test_there_is_a_kept_ledger() -> None:
    assert LEDGERS
