"""Metering: using what a customer may use, releasing it, and reserving it, by as few transactions as can be.

What is asked for at the same time shares one: it reads each set and each usage as of one instant, applies the
changes in turn, and writes what became of them. Two processes that change the same usage conflict, and one
starts again from what is there. So a limit of thirty is never passed, however many race for it.
"""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Final

from ciclo.actions.contention import retry_on_contention
from ciclo.actions.dependencies import Deps
from ciclo.actions.entitlements.decisions import broadcast_entitlements
from ciclo.actions.entitlements.reading import Check, Checked, Reader, provide_each
from ciclo.actions.entitlements.tally import (
    Loaded,
    Place,
    Subject,
    UsageAnswer,
    UsageRequest,
    UsageTally,
    place_of,
    reservation_of,
    subject_of,
)
from ciclo.actions.entitlements.together import Together
from ciclo.domain.entitlements.catalogue import Catalogue
from ciclo.domain.ids import CustomerId
from ciclo.store.entitlements.allowances import find_sets
from ciclo.store.entitlements.sets import derive_set
from ciclo.store.entitlements.usage import (
    find_reserved,
    find_usage,
    write_usage,
)
from ciclo.store.idempotency import add_answers, find_answers
from ciclo.store.mongo.bulk_write import DuplicateKey
from ciclo.store.mongo.contention import Contention
from ciclo.store.mongo.transaction import Session, run_transaction


class Meter:
    """Answers for one process what may be used, and counts what is."""

    def __init__(self, deps: Deps) -> None:
        self._deps: Final = deps
        self.reader: Final = Reader(deps)
        self._checks: Final = Together[Check, Checked](self._check)
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
        return await self._checks.ask(check)

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
        return await self._changes.ask(request)

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

    async def _commit(self, requests: Sequence[UsageRequest]) -> Sequence[UsageAnswer | Exception]:
        strangers: set[CustomerId] = set()

        async def attempt() -> Sequence[UsageAnswer | Exception]:
            try:
                return await run_transaction(self._deps.store, work)
            except _Incomplete as incomplete:
                for customer_id in incomplete.customer_ids:
                    if not await derive_set(self._deps.store, customer_id):
                        strangers.add(customer_id)
                raise Contention from incomplete
            except DuplicateKey as duplicate:
                raise Contention from duplicate

        catalogue, today = await self.reader.catalogue(), await self.reader.today()

        async def work(session: Session) -> Sequence[UsageAnswer | Exception]:
            loaded = await self._load(
                requests, session, catalogue=catalogue, on=today, strangers=frozenset(strangers)
            )
            tally = UsageTally(loaded, now=self._deps.wall())
            answers = tally.answers(requests)
            await add_answers(self._deps.store, tally.new_answers, session)
            await write_usage(self._deps.store, tally.changes(), session)
            return answers

        return await retry_on_contention(attempt)

    async def _load(
        self,
        requests: Sequence[UsageRequest],
        session: Session,
        *,
        catalogue: Catalogue,
        on: date,
        strangers: frozenset[CustomerId],
    ) -> "Loaded":
        """Return all that *requests* are decided by.

        Raises:
            _Incomplete: some sets have to be derived first.
        """
        store = self._deps.store
        keyed = [one.request for one in requests if one.request is not None]
        answered = await find_answers(store, keyed, session, now=self._deps.wall())
        ids = [id_ for one in requests if (id_ := reservation_of(one.change))]
        reserved = await find_reserved(store, ids, session)
        subjects = [subject_of(one, reserved) for one in requests]
        customers = {one.customer_id for one in subjects if isinstance(one, Subject)} - strangers
        sets = await find_sets(store, customers, session)
        if missing := customers - sets.keys():
            raise _Incomplete(missing)
        asked = [(one.customer_id, one.feature) for one in subjects if isinstance(one, Subject)]
        provided = provide_each(asked, sets, catalogue=catalogue, on=on)
        places = [place_of(subject, provided) for subject in subjects]
        keys = {place.key for place in places if isinstance(place, Place)}
        return Loaded(answered, places, await find_usage(store, keys, session))


class _Incomplete(Exception):
    """Sets that nobody has read yet have to be derived from what their customers subscribe to."""

    def __init__(self, customer_ids: set[CustomerId]) -> None:
        super().__init__(f"{len(customer_ids)} sets are not complete")
        self.customer_ids: Final = customer_ids
