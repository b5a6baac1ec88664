"""One trial a person (rule 10): who comes again by another form of their address, or with the same card."""

import hashlib
from dataclasses import replace
from typing import Final

from ciclo.actions.dependencies import Deps
from ciclo.domain.customer import Customer
from ciclo.domain.payment import PaymentMethod
from ciclo.domain.plan import Plan
from ciclo.store.trials import find_trial_use

ALIAS: Final = "+"
"""Begins what many mail servers leave aside: ana+2@example.com reaches ana@example.com."""


async def note_trial_use(
    deps: Deps, customer: Customer, method: PaymentMethod | None, *, plan: Plan
) -> Customer:
    """Return the customer, with the trial that somebody with the same keys has used as theirs."""
    if customer.trial_used_at is not None or not plan.trial_days:
        return customer
    used_at = await find_trial_use(deps.store, trial_keys(customer, method))
    return replace(customer, trial_used_at=used_at)


def trial_keys(customer: Customer, method: PaymentMethod | None) -> tuple[str, ...]:
    """Return what a person with a trial is known by: digests, so that a list of them names nobody.

    An address that nobody has proved is not among them: whoever types it would learn whether it had one.
    """
    local, _, domain = customer.email.rpartition("@")
    names = [f"email {local.partition(ALIAS)[0] or local}@{domain}"]
    if customer.unproven is not None:
        names = [f"customer {customer.unproven}"]
    if method is not None and method.fingerprint is not None:
        names.append(f"card {method.fingerprint}")
    return tuple(hashlib.sha256(name.encode()).hexdigest() for name in names)
