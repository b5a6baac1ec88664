"""What a history's customer may use: kept as the store keeps it, and told from the status by the book."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

from ciclo.domain.entitlements.allowance import Allowance, EntitlementSet, allowance_of, gives_otherwise
from ciclo.domain.entitlements.feature import Feature
from ciclo.domain.entitlements.provision import Provision, provision_of
from ciclo.domain.entitlements.usage import Usage, entitlement_of
from ciclo.domain.money import Money
from ciclo.domain.plan import Plan, Terms
from ciclo.domain.subscription import Subscription
from ciclo.domain.webhooks.entitlement_snapshot import entitlements_snapshot

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

USED = 4_000
"""Students that there are, whatever may be had: more than some plans allow."""

_AT = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class KeptAllowance:
    """What the store would hold: written only where an event may have changed it."""

    allowance: Allowance | None = None
    heard: object = None
    """What the newest message says may be used; None: there was none yet, and nothing may be."""

    def follow(self, before: Subscription, after: Subscription) -> None:
        """Write what an event leaves, as a commit does, and compare it with what follows from the state."""
        if gives_otherwise(before, after):
            self.allowance = allowance_of(after, _plan(after.terms))
            self.heard = _told(after, self.allowance)
        given = allowance_of(after, _plan(after.terms))
        assert self.heard == _told(after, given) if self.heard else given is None
        assert self.allowance == given
        found = _provision(after, self.allowance)
        assert found.reason == BY_THE_BOOK[after.status.value]
        # Each version of a plan allows as many students for one as its price has minor units.
        assert found.limit == (after.terms.unit_price * after.terms.quantity if found.reason == "NONE" else 0)


def _provision(subscription: Subscription, allowance: Allowance | None) -> Provision:
    held = {subscription.id: allowance} if allowance else {}
    entitlements = EntitlementSet(customer_id=subscription.customer_id, allowances=held)
    return provision_of(entitlements, STUDENTS, on=date(2028, 2, 1))


def _told(subscription: Subscription, allowance: Allowance | None) -> object:
    """Return what a message says of the students: who has more of them than may be had is over the limit."""
    provision = _provision(subscription, allowance)
    item = entitlement_of(provision, Usage(used=USED), quantity=1, now=_AT)
    entitlements = EntitlementSet(customer_id=subscription.customer_id)
    [shown] = entitlements_snapshot(entitlements, [item])["items"]  # type: ignore[misc]
    assert shown["overLimit"] == max(0, USED - (provision.limit or 0))
    return shown


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
