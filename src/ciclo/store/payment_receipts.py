"""Payment receipts: numbered when they are first asked for, by a mail or for a PDF."""

from collections.abc import Iterable
from datetime import datetime

from ciclo.domain.ids import PaymentId
from ciclo.domain.payments.payment_receipt import PaymentReceipt
from ciclo.store.codec import decode, encode
from ciclo.store.ledger.numbering import RECEIPT_SERIES, RECEIPTS, reserve_numbers
from ciclo.store.mongo.bulk_write import insert
from ciclo.store.mongo.client import Store
from ciclo.store.mongo.transaction import Session, run_transaction


async def find_receipts(store: Store, payment_ids: Iterable[str]) -> dict[PaymentId, list[PaymentReceipt]]:
    """Return the receipts of many payments, one each at most."""
    found = await store[RECEIPTS].find({"_id": {"$in": list(payment_ids)}}).to_list(None)
    receipts = [decode(document, PaymentReceipt) for document in found]
    return {receipt.id: [receipt] for receipt in receipts}


async def take_receipt(store: Store, payment_id: PaymentId, *, at: datetime) -> PaymentReceipt:
    """Return the receipt of a payment that came, with the number that it has or gets now."""

    async def body(session: Session) -> PaymentReceipt:
        document = await store[RECEIPTS].find_one({"_id": payment_id}, session=session)
        if document is not None:
            found: PaymentReceipt = decode(document, PaymentReceipt)
            return found
        numbers = await reserve_numbers(store, RECEIPT_SERIES, [payment_id], session)
        receipt = PaymentReceipt(id=payment_id, number=numbers[payment_id], issued_at=at)
        await insert(store, RECEIPTS, [encode(receipt)], session)
        return receipt

    known = (await find_receipts(store, [payment_id])).get(payment_id)
    return known[0] if known else await run_transaction(store, body)
