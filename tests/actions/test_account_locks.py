"""Accounts in hand: nobody has one twice at a time, and whoever is cut off leaves nothing held."""

import asyncio
from collections.abc import Sequence

import pytest

from ciclo.actions.processing.account_locks import AccountLocks
from ciclo.domain.ids import SubscriptionId

A, B, C = (SubscriptionId(f"sub_{name}") for name in "abc")


async def hold(locks: AccountLocks, accounts: Sequence[SubscriptionId], held: list[SubscriptionId]) -> None:
    async with locks.of(accounts):
        assert not set(accounts) & set(held)
        held += accounts
        for _ in range(3):
            await asyncio.sleep(0)
        for account in set(accounts):
            held.remove(account)


async def test_many_holders_of_shared_accounts_all_come_to_their_turn() -> None:
    locks, held = AccountLocks(), list[SubscriptionId]()
    groups = [(A,), (A, B), (B, C), (C,), (C, A), (A, B, C)] * 20

    async with asyncio.timeout(30):
        await asyncio.gather(*(hold(locks, accounts, held) for accounts in groups))

    assert held == []


async def test_who_has_another_account_does_not_wait() -> None:
    locks = AccountLocks()
    async with locks.of([A, B]), locks.of([C]):
        pass


async def test_who_is_cut_off_while_waiting_or_holding_leaves_nothing_held() -> None:
    locks, entered = AccountLocks(), asyncio.Event()

    async def stay() -> None:
        async with locks.of([A, B]):
            entered.set()
            await asyncio.Event().wait()

    holder = asyncio.create_task(stay())
    await entered.wait()
    waiter = asyncio.create_task(stay())
    await asyncio.sleep(0)
    for task in (waiter, holder):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async with asyncio.timeout(30), locks.of([A, B]):
        pass
