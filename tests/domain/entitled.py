"""What a history's customer may use: kept as the store keeps it, and told from the status by the book."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from ciclo.domain.entitlements.allowance import Allowance, EntitlementSet, allowance_of, gives_otherwise
from ciclo.domain.entitlements.feature import Feature
from ciclo.domain.entitlements.provision import provision_of
from ciclo.domain.money import Money
from ciclo.domain.plan import Plan, Terms
from ciclo.domain.subscription import Subscription

STUDENTS = Feature(key="alunos", per_unit=True)
BY_THE_BOOK = {
    "PENDING": "NO_SUBSCRIPTION",
    "TRIALING": "NONE",
    "ACTIVE": "NONE",
    "PAST_DUE": "NONE",
    "SUSPENDED": "SUSPENDED",
    "PAUSED": "PAUSED",
    "CANCELLED": "NO_SUBSCRIPTION",
}
"""Why nothing may be used in each status; NONE: all of the plan may (rules 17, 27)."""

_AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class KeptAllowance:
    """What the store would hold: written only where an event may have changed it."""

    allowance: Allowance | None = None

    def follow(self, before: Subscription, after: Subscription) -> None:
        """Write what an event leaves, as a commit does, and compare it with what follows from the state."""
        if gives_otherwise(before, after):
            self.allowance = allowance_of(after, _plan(after.terms))
        assert self.allowance == allowance_of(after, _plan(after.terms))
        held = {after.id: self.allowance} if self.allowance else {}
        entitlements = EntitlementSet(customer_id=after.customer_id, allowances=held)
        found = provision_of(entitlements, STUDENTS, on=date(2028, 2, 1))
        assert found.reason == BY_THE_BOOK[after.status.value]
        # Each version of a plan allows as many students for one as its price has minor units.
        assert found.limit == (after.terms.unit_price * after.terms.quantity if found.reason == "NONE" else 0)


def _plan(terms: Terms) -> Plan:
    return Plan(
        id=terms.plan_id,
        version=terms.plan_version,
        name=terms.plan_name,
        description="",
        price=Money(terms.unit_price, terms.currency),
        billing_cycle=terms.billing_cycle,
        user_type=None,
        trial_days=terms.trial_days,
        limits={"alunos": terms.unit_price},
        features=(),
        active=True,
        created_at=_AT,
        updated_at=_AT,
    )
