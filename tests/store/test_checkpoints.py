"""Checkpoints: when one is needed, and how many fit into a transaction."""

import pytest

from ciclo.actions.dependencies import Deps
from ciclo.domain.ids import EventId, SubscriptionId
from ciclo.store.ledger.chain import Head
from ciclo.store.ledger.checkpoints import (
    CHECKPOINTS_MAX,
    TooManyCheckpoints,
    checkpoint_documents,
    needs_checkpoint,
)
from ciclo.store.mongo.transaction import Session, run_transaction
from ciclo.store.mongo.transient_errors import is_transient


@pytest.mark.parametrize(
    ("head", "version", "rules", "needed"),
    [
        # Nothing was applied yet, so there is nothing that other rules decided.
        (None, 0, 2, False),
        # Recorded before records named their rules: by the first ones.
        (None, 5, 1, False),
        (None, 5, 2, True),
        (Head(chain="x", seq=5, rules=1), 5, 1, False),
        (Head(chain="x", seq=5, rules=1), 5, 2, True),
        (Head(chain="x", seq=5, rules=2), 5, 1, True),
        # A process that keeps no chain applied the sixth event.
        (Head(chain="x", seq=5, rules=1), 6, 1, True),
    ],
)
def test_a_checkpoint_stands_where_other_rules_decided_the_last_event(
    head: Head | None, version: int, rules: int, *, needed: bool
) -> None:
    assert needs_checkpoint(head, version=version, rules=rules) is needed


async def test_a_batch_of_too_many_is_refused_as_its_own_fault_so_that_it_is_halved(deps: Deps) -> None:
    firsts = {
        SubscriptionId(f"sub_{number}"): (EventId(f"evt_{number}"), 2)
        for number in range(CHECKPOINTS_MAX + 1)
    }

    async def body(session: Session) -> None:
        await checkpoint_documents(deps.store, firsts, session)

    with pytest.raises(TooManyCheckpoints) as refused:
        await run_transaction(deps.store, body)
    assert not is_transient(refused.value)
