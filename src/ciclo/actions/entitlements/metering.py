"""Metering: using what a customer may use, releasing it, and reserving it, by as few transactions as can be.

What is asked for at the same time shares one: each set and each usage is read once, the changes are applied
in turn, and what became of them is written, guarded by each usage's version. Two processes that change the
same usage conflict, and one starts again from what is there. So a limit of thirty is never passed, however
many race for it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ciclo.actions.contention import retry_on_contention
from ciclo.actions.customers.finding import find_kept
from ciclo.actions.dependencies import Deps
from ciclo.actions.entitlements.decisions import broadcast_entitlements
from ciclo.actions.entitlements.reading import Check, Checked, Reader
from ciclo.actions.entitlements.tally import (
    Loaded,
    Subject,
    UsageAnswer,
    UsageRequest,
    UsageTally,
    place_of,
    reservation_of,
    subject_of,
)
from ciclo.actions.entitlements.together import Together
from ciclo.backoff import Backoff
from ciclo.domain.errors.payments import CustomerNotFound
from ciclo.domain.ids import CustomerId
from ciclo.store.entitlements.usage import find_reserved, write_usage
from ciclo.store.idempotency import add_answers, read_answers
from ciclo.store.mongo.bulk_write import DuplicateKey
from ciclo.store.mongo.contention import Contention
from ciclo.store.mongo.transaction import Session, run_transaction

TOLD_EVERY_S: Final = 0.05
"""How often at most listeners are told that customers use more or less: the first time at once."""


CHECKS_APART_S: Final = 0.002
"""Between the beginnings of two batches of checks, where several ask: at a thousand a second each would else
be alone in its batch, or nearly so, and the driver would take more than all the rest."""

ATTEMPTS_MAX: Final = 100
CONFLICT_BACKOFF: Final = Backoff(first=0.002, max=0.008)
"""Processes that all count the use of one customer meet often, and a batch is soon over: who loses comes back
soon, again and again, and within a second or so has had a turn."""


class Meter:
    """Answers for one process what may be used, and counts what is."""

    def __init__(self, deps: Deps) -> None:
        self._deps: Final = deps
        self.reader: Final = Reader(deps)
        self._checks: Final = Together[Check, Checked](self._check, apart_s=CHECKS_APART_S)
        self._changes: Final = Together[UsageRequest, UsageAnswer](self._change)
        self._changed: set[CustomerId] = set()
        self._announcer: asyncio.Task[None] | None = None

    async def check(self, check: Check) -> Checked:
        """Return whether a customer may use so much more of a feature.

        Raises:
            CustomerNotFound, FeatureNotFound: there is no such customer or feature.
            InvalidValue: the quantity is out of range.
            TooManyWaiting: too many ask.
        """
        try:
            return await self._checks.ask(check)
        except CustomerNotFound:
            kept = await self._deps.breaker.during(find_kept(self._deps, check.customer_id))
            return await self._checks.ask(replace(check, customer_id=kept))

    async def change(self, request: UsageRequest) -> UsageAnswer:
        """Change what is used, if that is allowed; under a key once a day, with the same answer.

        Raises:
            CustomerNotFound, FeatureNotFound, ReservationNotFound: there is no such thing.
            SubscriptionNotActive: the customer subscribes to nothing.
            ReleaseExceedsUsage: more would be released than is used.
            InvalidValue, LimitExceeded: a number is out of range.
            IdempotencyKeyReused: the key was used with another request.
            TooManyWaiting: too many ask.
        """
        try:
            return await self._changes.ask(request)
        except CustomerNotFound:
            if request.customer_id is None:
                raise
            kept = await self._deps.breaker.during(find_kept(self._deps, request.customer_id))
            return await self._changes.ask(replace(request, customer_id=kept))

    async def aclose(self) -> None:
        """Wait until all is answered that was asked."""
        await self._checks.aclose()
        await self._changes.aclose()
        if self._announcer is not None:
            await self._announcer

    async def _check(self, checks: Sequence[Check]) -> Sequence[Checked | Exception]:
        return await self._deps.breaker.during(self.reader.check(checks))

    async def _change(self, requests: Sequence[UsageRequest]) -> Sequence[UsageAnswer | Exception]:
        answers = await self._deps.breaker.during(self._commit(requests))
        self._changed |= {answer.customer_id for answer in answers if isinstance(answer, UsageAnswer)}
        # Telling need not keep anybody's answer waiting, nor the next batch.
        if self._changed and (self._announcer is None or self._announcer.done()):
            self._announcer = asyncio.create_task(self._announce())
        return answers

    async def _announce(self) -> None:
        while self._changed:
            customer_ids, self._changed = sorted(self._changed), set()
            await broadcast_entitlements(self._deps, customer_ids)
            # Whoever uses all the time is told of once in a while: each message is read by every process.
            await asyncio.sleep(TOLD_EVERY_S)

    async def _commit(self, requests: Sequence[UsageRequest]) -> Sequence[UsageAnswer | Exception]:
        async def attempt() -> Sequence[UsageAnswer | Exception]:
            tally = UsageTally(await self._load(requests), now=self._deps.wall())
            answers = tally.answers(requests)
            try:
                await self._write(tally)
            except DuplicateKey as duplicate:
                raise Contention from duplicate
            return answers

        return await retry_on_contention(attempt, attempts_max=ATTEMPTS_MAX, backoff=CONFLICT_BACKOFF)

    async def _load(self, requests: Sequence[UsageRequest]) -> Loaded:
        """Return all that *requests* are decided by.

        It is read before the transaction: what of it decides is guarded there, use by its version and answers
        by their keys. Somebody's plan may end between the two, as it may just after them.
        """
        ids = [id_ for one in requests if (id_ := reservation_of(one.change))]
        reserved = await find_reserved(self._deps.store, ids)
        subjects = [subject_of(one, reserved) for one in requests]
        asked = {(one.customer_id, one.feature) for one in subjects if isinstance(one, Subject)}
        keyed = [one.request.id for one in requests if one.request is not None]
        seen = await self.reader.look(asked, also=reserved.values(), answers=keyed)
        answered = read_answers(seen.answers.values(), now=self._deps.wall())
        return Loaded(
            answered,
            [place_of(subject, seen.provided) for subject in subjects],
            seen.used,
            frozenset(seen.answers.keys() - answered.keys()),
        )

    async def _write(self, tally: UsageTally) -> None:
        """Write what became of a batch, all of it or nothing.

        Raises:
            Contention, DuplicateKey: somebody was faster.
        """
        new, changes = tally.new_answers, tally.changes()

        async def work(session: Session) -> None:
            await add_answers(self._deps.store, new, session, expired=tally.expired)
            await write_usage(self._deps.store, changes, session)

        if new or changes:
            await run_transaction(self._deps.store, work, overtaken=Contention)
