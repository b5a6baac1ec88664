"""Values with sensible facts for the tests of payment providers."""

from datetime import UTC, datetime

from pydantic import SecretStr

from ciclo.domain.customer import Address
from ciclo.domain.events.orders import ChargeRequested, RefundRequested
from ciclo.domain.ids import CustomerId, InvoiceId, PaymentId, RefundId, SubscriptionId, derived_id
from ciclo.domain.payment import MethodKind, Payment, PaymentMethod, PaymentStatus
from ciclo.gateways.protocol import CardDetails, Charge, Payer
from ciclo.settings.settings import Settings

AT = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
SUBSCRIPTION = SubscriptionId(derived_id("sub", at=AT, facts="ana"))
CUSTOMER = CustomerId(derived_id("cus", at=AT, facts="ana"))
INVOICE = InvoiceId(derived_id("inv", at=AT, facts="ana"))
WEBHOOK_SECRET = "whsec_" + "c2FuZGJveC1zZWNyZXQtb2YtMzItYnl0ZXMtb3ItbW9yZQ=="
STRIPE_KEY = "sk_test_ciclo"
STRIPE_SECRET = "whsec_stripe_of_the_tests"
ABACATE_KEY = "abc_dev_ciclo"
ABACATE_SECRET = "a secret of at least 32 characters"

PAYER = Payer(
    customer_id=CUSTOMER,
    email="ana@example.com",
    name="Ana Souza",
    tax_id="390.533.447-05",
    address=Address(line1="Rua Augusta, 1", city="São Paulo", state="SP", postal_code="01305-000"),
)
CARD = CardDetails(
    number="4242424242424242", holder_name="Ana Souza", expiration_month=12, expiration_year=2030, cvv="737"
)


def settings(**changes: object) -> Settings:
    """Return settings of a sandbox, for no server in particular."""
    chosen: dict[str, object] = {
        "mongo_url": SecretStr("mongodb://127.0.0.1:1"),
        "redis_url": SecretStr("redis://127.0.0.1:1"),
        "jwt_secret": SecretStr("x" * 32),
        "webhook_secrets": (SecretStr(WEBHOOK_SECRET),),
        "stripe_api_key": SecretStr(STRIPE_KEY),
        "stripe_webhook_secrets": (SecretStr(STRIPE_SECRET),),
        "abacatepay_api_key": SecretStr(ABACATE_KEY),
        "abacatepay_webhook_secret": SecretStr(ABACATE_SECRET),
    }
    return Settings.model_validate(chosen | changes)


def wall_now() -> datetime:
    """Return the time by which signatures are dated."""
    return datetime.now(UTC)


def payment_id(name: str) -> PaymentId:
    return PaymentId(derived_id("pay", at=AT, facts=name))


def a_charge(
    method: PaymentMethod,
    *,
    name: str = "one",
    attempt: int = 1,
    amount: int = 29_90,
    currency: str = "BRL",
    at: datetime = AT,
) -> Charge:
    return Charge(
        order=ChargeRequested(
            payment_id=payment_id(name),
            invoice_id=INVOICE,
            customer_id=CUSTOMER,
            attempt=attempt,
            amount=amount,
            currency=currency,
            method=method,
        ),
        subscription_id=SUBSCRIPTION,
        requested_at=at,
        description="Plano Básico, novembro de 2026",
    )


def a_payment(charge: Charge, *, provider: str, reference: str | None, **changes: object) -> Payment:
    """Return the payment of a charge that its provider took."""
    order = charge.order
    facts: dict[str, object] = {
        "id": order.payment_id,
        "invoice_id": order.invoice_id,
        "subscription_id": charge.subscription_id,
        "customer_id": order.customer_id,
        "amount": order.amount,
        "currency": order.currency,
        "method": order.method,
        "status": PaymentStatus.PENDING,
        "created_at": charge.requested_at,
        "attempts": order.attempt,
        "provider": provider,
        "provider_reference": reference,
    }
    return Payment(**{**facts, **changes})  # type: ignore[arg-type] # the fields of a payment by name


def a_refund(
    charge: Charge, *, provider: str, reference: str, amount: int | None = None, name: str = "one"
) -> RefundRequested:
    order = charge.order
    return RefundRequested(
        refund_id=RefundId(derived_id("ref", at=AT, facts=name)),
        payment_id=order.payment_id,
        provider=provider,
        provider_reference=reference,
        method=order.method.kind,
        amount=order.amount if amount is None else amount,
        currency=order.currency,
        whole=amount is None,
        reason="asked for by the customer",
    )


PIX = PaymentMethod(kind=MethodKind.PIX)
BOLETO = PaymentMethod(kind=MethodKind.BOLETO)
