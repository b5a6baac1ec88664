"""Samples: what a test message of each type shows. Made up, and the same every time."""

from datetime import UTC, date, datetime
from typing import Final

from ciclo.domain.customer import Customer
from ciclo.domain.entitlements.allowance import EntitlementSet
from ciclo.domain.entitlements.feature import Feature
from ciclo.domain.entitlements.provision import EntitlementReason, Provision
from ciclo.domain.entitlements.usage import Usage, entitlement_of
from ciclo.domain.ids import (
    CreditNoteId,
    CustomerId,
    InvoiceId,
    PaymentId,
    PlanId,
    SubscriptionId,
    WebhookEndpointId,
    derived_id,
)
from ciclo.domain.invoice import CreditNote, Invoice, InvoiceKind, InvoiceStatus, Line, LineKind
from ciclo.domain.payment import MethodKind, Payment, PaymentMethod, PaymentStatus
from ciclo.domain.period import BillingCycle, Period
from ciclo.domain.plan import Terms
from ciclo.domain.subscription import Status, Subscription
from ciclo.domain.webhooks.customer import customer_object
from ciclo.domain.webhooks.endpoint import DisableReason, WebhookEndpoint, endpoint_snapshot
from ciclo.domain.webhooks.entitlement_snapshot import entitlements_snapshot
from ciclo.domain.webhooks.message import MessageType
from ciclo.domain.webhooks.snapshot import Snapshot, snapshot

_AT: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
_PERIOD: Final = Period(date(2026, 1, 1), date(2026, 2, 1))
_CARD: Final = PaymentMethod(kind=MethodKind.CREDIT_CARD, brand="visa", last_four="4242")
_TERMS: Final = Terms(
    plan_id=PlanId(derived_id("plan", at=_AT, facts="sample")),
    plan_version=1,
    plan_name="Sample",
    unit_price=2_990,
    currency="BRL",
    billing_cycle=BillingCycle.MONTHLY,
    trial_days=0,
)
_CUSTOMER: Final = CustomerId(derived_id("cus", at=_AT, facts="sample"))
_SUBSCRIPTION: Final = Subscription(
    id=SubscriptionId(derived_id("sub", at=_AT, facts="sample")),
    customer_id=_CUSTOMER,
    status=Status.ACTIVE,
    terms=_TERMS,
    method=_CARD,
    created_at=_AT,
    anchor=_PERIOD.start,
    period=_PERIOD,
    next_billing_date=_PERIOD.end,
    started=True,
    activated_at=_AT,
)
_INVOICE: Final = Invoice(
    id=InvoiceId(derived_id("inv", at=_AT, facts="sample")),
    number="SAMPLE-1",
    subscription_id=_SUBSCRIPTION.id,
    customer_id=_CUSTOMER,
    kind=InvoiceKind.PERIOD,
    status=InvoiceStatus.PAID,
    currency="BRL",
    lines=(
        Line(
            kind=LineKind.SERVICE,
            plan_id=_TERMS.plan_id,
            plan_name=_TERMS.plan_name,
            quantity=1,
            unit_price=2_990,
            service=_PERIOD,
            total_days=31,
            amount=2_990,
        ),
    ),
    subtotal=2_990,
    tax=0,
    credit_applied=0,
    total=2_990,
    period=_PERIOD,
    issued_at=_AT,
    due_on=_PERIOD.start,
    paid_at=_AT,
)
_PAYMENT: Final = Payment(
    id=PaymentId(derived_id("pay", at=_AT, facts="sample")),
    invoice_id=_INVOICE.id,
    subscription_id=_SUBSCRIPTION.id,
    customer_id=_CUSTOMER,
    amount=2_990,
    currency="BRL",
    method=_CARD,
    status=PaymentStatus.COMPLETED,
    created_at=_AT,
    attempts=1,
    completed_at=_AT,
)
_CREDIT_NOTE: Final = CreditNote(
    id=CreditNoteId(derived_id("cn", at=_AT, facts="sample")),
    number="SAMPLE-CN-1",
    invoice_id=_INVOICE.id,
    subscription_id=_SUBSCRIPTION.id,
    customer_id=_CUSTOMER,
    currency="BRL",
    lines=(),
    amount=500,
    reason="sample",
    issued_at=_AT,
)
_ENDPOINT: Final = WebhookEndpoint(
    id=WebhookEndpointId(derived_id("whe", at=_AT, facts="sample")),
    url="https://example.com/webhooks",
    secrets=(),
    secret_hint="",
    created_at=_AT,
    starts_at=_AT,
    disabled_at=_AT,
    disable_reason=DisableReason.FAILING,
)

SAMPLE_CUSTOMER: Final[Snapshot] = {"id": _CUSTOMER, "email": "ana@example.com", "name": "Ana Sample"}

_SAMPLES: Final[dict[str, Snapshot]] = {
    "subscription": snapshot(_SUBSCRIPTION),
    "invoice": snapshot(_INVOICE),
    "payment": snapshot(_PAYMENT),
    "credit_note": snapshot(_CREDIT_NOTE),
    "operations_log": {"id": "2026-01-01", "day": "2026-01-01", "operations": 1, "link": "0" * 64},
    "entitlements": entitlements_snapshot(
        EntitlementSet(customer_id=_CUSTOMER, version=1),
        [
            entitlement_of(
                Provision(feature=Feature(key="projects"), limit=30, reason=EntitlementReason.NONE),
                Usage(used=27),
                quantity=1,
                now=_AT,
            )
        ],
    ),
    "customer": customer_object(
        Customer(
            id=_CUSTOMER,
            email="ana@example.com",
            name="Ana Sample",
            external_id="user-1",
            created_at=_AT,
            credit={},
            provider_references={},
        )
    ),
    "webhook_endpoint": endpoint_snapshot(_ENDPOINT),
}


def sample(type_: MessageType) -> Snapshot:
    """Return what a test message of this type shows."""
    if type_ is MessageType.INVOICE_UPCOMING:
        return _SAMPLES["subscription"]
    return _SAMPLES[type_.value.partition(".")[0]]
