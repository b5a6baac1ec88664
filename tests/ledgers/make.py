"""Makes a kept ledger: a small business, played by this very code, with every collection in one file.

    make ledger NAME=1.4.0

Once per release, before its tag. The file is committed and never changed: `test_kept_ledgers.py` reads all.
"""

import asyncio
import gzip
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from bson.json_util import RELAXED_JSON_OPTIONS, dumps

from ciclo.actions.dependencies import Deps, generate_id, open_deps
from ciclo.cli.serve import settings_from
from ciclo.domain.events.event import Event, Payload, Source
from ciclo.domain.events.facts import DisputeClosed, PaymentDisputed
from ciclo.domain.ids import EventId
from ciclo.domain.payment import Payment
from ciclo.localstack.choices import Role
from ciclo.localstack.folder import StackFolder
from ciclo.localstack.throwaway import ThrowawayStack, run_throwaway_stack
from ciclo.localstack.tokens import ADMIN_EMAIL, sign_token, signer_from
from ciclo.simulation.api import Api
from ciclo.simulation.simulation import Business, run_simulation
from ciclo.store.events.outbox import record_notices
from ciclo.store.ledger.histories import scan_histories

BUSINESS: Final = Business(customers=48, months=5, seed=32)
DISPUTES: Final = 4
SANDBOX: Final = "sandbox"
"""What the first line is called: the secret by which the sandbox seals its cards. It opens nothing else."""

LEFT_OUT: Final = frozenset({"idempotency"})
"""Answers that are forgotten after a day."""


async def played(running: ThrowawayStack) -> list[str]:
    """Play the business; return its ledger as lines."""
    settings = settings_from(running.settings)
    signer = signer_from(running.settings, StackFolder(settings.data_dir))
    bearer = sign_token(
        signer, email=ADMIN_EMAIL, role=Role.ADMIN, lifetime=timedelta(days=1), now=datetime.now(UTC)
    )
    async with open_deps(settings) as deps:
        result = await run_simulation(deps, BUSINESS, token=bearer, progress=lambda _: None)
        async with Api(settings.base_url, token=bearer) as api:
            await _dispute(deps, api)
        lines = await _dumped(deps)
    assert not result.differences, result.differences
    return lines


async def _dispute(deps: Deps, api: Api) -> None:
    """Let payers' banks contest some payments: one half is won, one lost, and the last stays open."""
    paid = [
        payment
        async for batch in scan_histories(deps.store)
        for history in batch
        for payment in history.payments.values()
        if payment.is_paid and not payment.refunds
    ]
    contested = paid[:: len(paid) // DISPUTES][:DISPUTES]
    for one in contested:
        opened = PaymentDisputed(payment_id=one.id, amount=one.amount, currency=one.currency)
        await _report(deps, one, opened)
    await api.wait_until_idle()
    for place, one in enumerate(contested[:-1]):
        await _report(deps, one, DisputeClosed(payment_id=one.id, won=place % 2 == 0))
    await api.wait_until_idle()


async def _report(deps: Deps, payment: Payment, payload: Payload) -> None:
    at = await deps.clock.now()
    event = Event(
        id=EventId(generate_id("evt", at)),
        subscription_id=payment.subscription_id,
        payload=payload,
        occurred_at=at,
        source=Source.WEBHOOK,
        dedupe_key=f"ledger:{type(payload).__name__}:{payment.id}",
    )
    await record_notices(deps.store, [(event, "")], now=datetime.now(UTC))


async def _dumped(deps: Deps) -> list[str]:
    """Return all documents, one JSON array of collection and document a line; first what the cards need."""
    secret = deps.settings.sandbox_secret.get_secret_value()
    lines = [dumps([SANDBOX, {"secret": secret}])]
    for name in sorted(await deps.store.database.list_collection_names()):
        if name not in LEFT_OUT:
            found = await deps.store[name].find().sort("_id", 1).to_list(None)
            lines += [dumps([name, document], json_options=RELAXED_JSON_OPTIONS) for document in found]
    return lines


def _write(path: Path, lines: list[str]) -> None:
    with path.open("wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
        packed.write("".join(f"{line}\n" for line in lines).encode())


if __name__ == "__main__":
    with run_throwaway_stack(workers=1) as stack:
        _write(Path(sys.argv[1]), asyncio.run(played(stack)))
