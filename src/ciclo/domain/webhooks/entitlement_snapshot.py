"""What receivers see of a customer's entitlements: the whole set, so that the newest one is all they need."""

from collections.abc import Sequence

from ciclo.domain.entitlements.allowance import EntitlementSet
from ciclo.domain.entitlements.config import read_config
from ciclo.domain.entitlements.usage import Entitlement
from ciclo.domain.webhooks.snapshot import Snapshot


def entitlements_snapshot(entitlements: EntitlementSet, items: Sequence[Entitlement]) -> Snapshot:
    """Return a set as messages show it, under the customer's id, with what it comes to for each feature."""
    return {
        "id": entitlements.customer_id,
        "version": entitlements.version,
        "items": [_item(one) for one in items],
    }


def _item(item: Entitlement) -> Snapshot:
    provision, override = item.provision, item.provision.override
    return {
        "feature": provision.feature.key,
        "kind": provision.feature.kind.value,
        "allowed": item.allowed,
        "reason": item.reason.value,
        "limit": provision.limit,
        "unlimited": provision.limit is None,
        "used": item.used,
        "reserved": item.reserved,
        "remaining": item.remaining,
        "overLimit": item.over_limit,
        "resetsOn": provision.resets_on.isoformat() if provision.resets_on else None,
        "config": None if provision.config is None else read_config(provision.config),
        "overriddenUntil": override.until.isoformat() if override and override.until else None,
        "overridden": override is not None,
    }
