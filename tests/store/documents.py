"""One document of each type that is stored by itself."""

from datetime import date
from typing import Any

from ciclo.domain.coupons.coupon import Coupon
from ciclo.domain.coupons.discount import DiscountDuration, DiscountKind, DiscountOffer
from ciclo.domain.customer import Customer
from ciclo.domain.ids import (
    CheckoutLinkId,
    CouponId,
    CreditNoteId,
    InvoiceId,
    MessageId,
    PaymentId,
    ProductId,
    WebhookDeliveryId,
    WebhookEndpointId,
)
from ciclo.domain.invoice import CreditNote
from ciclo.domain.links.checkout_link import CheckoutLink
from ciclo.domain.links.invoice_link import InvoiceLink
from ciclo.domain.mails.mail import Mail, MailKind, mail_id
from ciclo.domain.money import Money
from ciclo.domain.payment import MethodKind
from ciclo.domain.payments.payment_receipt import PaymentReceipt
from ciclo.domain.period import BillingCycle
from ciclo.domain.plan import Plan
from ciclo.domain.products.product import Product
from ciclo.domain.webhooks.endpoint import SealedSecret, WebhookEndpoint
from ciclo.domain.webhooks.message import MessageType
from ciclo.domain.webhooks.webhook_delivery import WebhookDelivery
from tests.builders import CUSTOMER, Story, noon, terms

FIRST, SECOND = date(2026, 1, 10), date(2026, 2, 10)


def one_of_each() -> list[Any]:
    """Return one document of each type."""
    story = Story(FIRST, of=terms()).start()
    story.pay(at=FIRST).until(SECOND)
    invoice = story.invoices[-1]
    plan = Plan(
        id=story.subscription.terms.plan_id,
        version=1,
        name="Basic",
        description="",
        price=Money(2990, "BRL"),
        billing_cycle=BillingCycle.MONTHLY,
        user_type=None,
        trial_days=7,
        limits={},
        features=(),
        active=True,
        created_at=noon(FIRST),
        updated_at=noon(FIRST),
    )
    customer = Customer(
        id=CUSTOMER, email="ana@example.com", created_at=noon(FIRST), credit={}, provider_references={}
    )
    note = CreditNote(
        id=CreditNoteId("crn_1"),
        invoice_id=invoice.id,
        subscription_id=invoice.subscription_id,
        customer_id=CUSTOMER,
        currency="BRL",
        lines=invoice.lines,
        amount=1,
        reason="downgrade",
        issued_at=noon(SECOND),
    )
    return [
        *(plan, customer, story.subscription, invoice, story.payment(), note),
        *(_product(plan), _coupon(), _endpoint(), _delivery(), _mail()),
        PaymentReceipt(id=PaymentId("pay_1"), number="RCT-000001", issued_at=noon(SECOND)),
        CheckoutLink(
            id=CheckoutLinkId("clk_1"),
            plan_id=plan.id,
            coupon_code="VERAO",
            methods=(MethodKind.PIX,),
            metadata={"campaign": "june"},
            uses_max=3,
            created_at=noon(FIRST),
        ),
        InvoiceLink(id=InvoiceId("inv_1"), generation=1, expires_at=noon(SECOND)),
    ]


def _mail() -> Mail:
    kind, at = MailKind.INVOICE_DUE, noon(SECOND)
    return Mail(
        id=mail_id(kind, at=at, facts="inv_1"),
        kind=kind,
        to="ana@example.com",
        about="inv_1",
        customer_id=CUSTOMER,
        at=at,
        created_at=at,
        next_at=at,
    )


def _product(plan: Plan) -> Product:
    return Product(
        id=ProductId("prd_1"),
        name=plan.name,
        description="",
        user_type=None,
        limits={},
        features=(),
        active=True,
        created_at=noon(FIRST),
        updated_at=noon(FIRST),
    )


def _coupon() -> Coupon:
    return Coupon(
        id=CouponId("cpn_1"),
        code="VERAO",
        name="Summer",
        offer=DiscountOffer(kind=DiscountKind.PERCENT, basis_points=2_000, duration=DiscountDuration.ONCE),
        created_at=noon(FIRST),
        updated_at=noon(FIRST),
    )


def _endpoint() -> WebhookEndpoint:
    return WebhookEndpoint(
        id=WebhookEndpointId("whe_1"),
        url="https://example.com/hooks",
        secrets=(SealedSecret(text="one"),),
        secret_hint="abcd",
        created_at=noon(FIRST),
        starts_at=noon(FIRST),
    )


def _delivery() -> WebhookDelivery:
    return WebhookDelivery(
        id=WebhookDeliveryId("dlv_1"),
        message_id=MessageId("msg_1"),
        endpoint_id=WebhookEndpointId("whe_1"),
        type=MessageType.INVOICE_PAID,
        object_id="inv_1",
        sequence=3,
        place=0,
        created_at=noon(FIRST),
        began_at=noon(FIRST),
        next_at=noon(FIRST),
    )
