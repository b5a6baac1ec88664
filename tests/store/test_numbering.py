import asyncio
from datetime import UTC, datetime

from ciclo.actions.dependencies import Deps
from ciclo.store.ledger.numbering import INVOICE_SERIES, reserve_numbers
from ciclo.store.mongo.transaction import Session, run_transaction


async def test_numbers_have_no_gap_under_parallel_issues_and_failures(deps: Deps) -> None:
    """Forty transactions at once, one to three invoices each; every fourth fails with its numbers taken."""

    async def issue(place: int) -> None:
        ids = [f"inv_{place}_{one}" for one in range(place % 3 + 1)]

        async def body(session: Session) -> None:
            numbers = await reserve_numbers(deps.store, INVOICE_SERIES, ids, session)
            rows = [
                {"_id": id_, "number": number, "issued_at": datetime(2026, 1, 1, tzinfo=UTC)}
                for id_, number in numbers.items()
            ]
            await deps.store["invoices"].insert_many(rows, session=session)
            if place % 4 == 0:
                raise ConnectionError("lost after numbering")

        await run_transaction(deps.store, body)

    results = await asyncio.gather(*(issue(place) for place in range(40)), return_exceptions=True)
    assert sum(isinstance(one, ConnectionError) for one in results) == 10
    issued = sum(place % 3 + 1 for place in range(40) if place % 4)
    numbers = [row["number"] async for row in deps.store["invoices"].find({}, {"number": 1})]
    assert sorted(numbers) == [f"INV-{number:06d}" for number in range(1, issued + 1)]
