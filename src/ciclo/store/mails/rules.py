"""The register of mail rules, one document; and the day up to which reminders were written."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from ciclo.domain.mails.rules import MailRule, MailRules, mail_rules
from ciclo.store.access.operations import Operation, append_operation
from ciclo.store.codec import decode, encode
from ciclo.store.idempotency import Answer, add_answer
from ciclo.store.mongo.bulk_write import update
from ciclo.store.mongo.client import Document, Store
from ciclo.store.mongo.contention import Contention
from ciclo.store.mongo.transaction import Session, run_transaction

RULES: Final = "mail_rules"
"""The id of the document in `settings` that holds the rules."""

REMINDED_TO: Final = "mail_reminders"
"""The id of the one that holds the last day whose reminders were written."""


async def find_mail_rules(store: Store) -> tuple[MailRules, int]:
    """Return the rules of now and their version; 0: nobody changed any."""
    document = await store["settings"].find_one({"_id": RULES})
    stored = [decode(rule, MailRule) for rule in document["rules"]] if document else []
    return mail_rules(stored), document["version"] if document else 0


async def replace_mail_rules(
    store: Store, rules: Sequence[MailRule], operation: Operation, *, version: int, answer: Answer | None
) -> None:
    """Store *rules* in place of those of this *version*.

    Raises:
        Contention: others changed them meanwhile.
        DuplicateKey: the request was answered already.
    """

    async def body(session: Session) -> None:
        await add_answer(store, answer, session)
        written: Document = {"rules": [encode(rule) for rule in rules], "version": version + 1}
        if version:
            statement = {"q": {"_id": RULES, "version": version}, "u": {"$set": written}}
        else:
            statement = {"q": {"_id": RULES}, "u": {"$setOnInsert": written}, "upsert": True}
        await update(store, "settings", [statement], session, missing=Contention)
        await append_operation(store, operation, session)

    await run_transaction(store, body)


async def find_reminded_to(store: Store) -> date | None:
    """Return the last day whose reminders were written; None: none ever was."""
    document = await store["settings"].find_one({"_id": REMINDED_TO})
    return date.fromisoformat(document["day"]) if document else None


async def note_reminded_to(store: Store, day: date) -> None:
    """Note that the reminders up to *day* were written; it only moves forward."""
    await store["settings"].update_one({"_id": REMINDED_TO}, {"$max": {"day": day.isoformat()}}, upsert=True)
