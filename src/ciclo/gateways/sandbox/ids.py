"""What the sandbox's tokens and references say: a card and its behaviour, a charge and its end."""

from dataclasses import astuple, dataclass, replace
from datetime import date
from typing import Final

from pydantic import TypeAdapter

from ciclo.domain.dunning import HARD_DECLINES
from ciclo.domain.events.facts import PaymentFailed, PaymentSucceeded
from ciclo.domain.ids import PaymentId, SubscriptionId
from ciclo.domain.money import Money
from ciclo.domain.payment import MethodKind
from ciclo.domain.payments.attempt import AUTHENTICATION_REQUIRED
from ciclo.gateways.protocol import Charge
from ciclo.gateways.sandbox.cards import SandboxCard, card_of_token
from ciclo.gateways.sandbox.signed_ids import BrokenSeal, open_sealed, seal_facts

PROVIDER: Final = "sandbox"
_TOKEN: Final = "pmsbx"  # noqa: S105 - the prefix of tokens
_REFERENCE: Final = "chsbx"
_CARD: Final = TypeAdapter(
    tuple[str, str, str | None, str | None, int | None, date | None]
    | tuple[str, str, str | None, str | None, int | None]
)
"""Tokens of before have no day of expiry."""
_CHARGE: Final = TypeAdapter(tuple[PaymentId, SubscriptionId, int, int, str, MethodKind, str | None])


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxCharge:
    """A charge that the sandbox took; a card's may have a `failure_code`, a code's end is still open."""

    payment_id: PaymentId
    subscription_id: SubscriptionId
    attempt: int
    money: Money
    method: MethodKind
    failure_code: str | None = None


def token_of(card: SandboxCard, *, secret: str) -> str:
    """Return the token that stands for *card*."""
    return seal_facts(_TOKEN, _CARD.dump_json(astuple(card)), secret=secret)


def card_behind(token: str, *, secret: str) -> SandboxCard:
    """Return the card behind a token, one of the sandbox's own or one with a plain name.

    Raises:
        BrokenSeal: the sandbox gave out no such token.
    """
    plain = card_of_token(token)
    if plain is not None:
        return plain
    brand, last_four, refused_with, declined_with, failures, *expires_on = _CARD.validate_json(
        open_sealed(_TOKEN, token, secret=secret)
    )
    return SandboxCard(
        brand=brand,
        last_four=last_four,
        refused_with=refused_with,
        declined_with=declined_with,
        failures=failures,
        expires_on=expires_on[0] if expires_on else None,
    )


def read_charge(charge: Charge, *, failure_code: str | None = None) -> SandboxCharge:
    """Return what the sandbox knows of a charge that it took."""
    order = charge.order
    return SandboxCharge(
        payment_id=order.payment_id,
        subscription_id=charge.subscription_id,
        attempt=order.attempt,
        money=Money(order.amount, order.currency),
        method=order.method.kind,
        failure_code=failure_code,
    )


def charge_outcome(charge: SandboxCharge, *, reference: str) -> PaymentSucceeded | PaymentFailed:
    """Return how a card's charge ended."""
    if charge.failure_code is None:
        return PaymentSucceeded(
            amount=charge.money.amount,
            currency=charge.money.currency,
            payment_id=charge.payment_id,
            provider=PROVIDER,
            provider_reference=reference,
        )
    return PaymentFailed(
        amount=charge.money.amount,
        currency=charge.money.currency,
        payment_id=charge.payment_id,
        attempt=charge.attempt,
        failure_code=charge.failure_code,
        hard=charge.failure_code in HARD_DECLINES,
        provider_reference=reference_told(charge, reference),
    )


def outcome_of_confirmation(charge: SandboxCharge, *, secret: str) -> PaymentSucceeded | None:
    """Return that a charge which waited for its payer brought its money; None for any other."""
    if charge.failure_code != AUTHENTICATION_REQUIRED:
        return None
    paid = replace(charge, failure_code=None)
    return PaymentSucceeded(
        amount=paid.money.amount,
        currency=paid.money.currency,
        payment_id=paid.payment_id,
        provider=PROVIDER,
        provider_reference=reference_of(paid, secret=secret),
    )


def reference_told(charge: SandboxCharge, reference: str) -> str | None:
    """Return the reference that is told with a charge's end: of money that came, or can still come."""
    return reference if charge.failure_code in {None, AUTHENTICATION_REQUIRED} else None


def reference_of(charge: SandboxCharge, *, secret: str) -> str:
    """Return the reference of *charge*: the same charge has the same one."""
    facts = (
        charge.payment_id,
        charge.subscription_id,
        charge.attempt,
        charge.money.amount,
        charge.money.currency,
        charge.method,
        charge.failure_code,
    )
    return seal_facts(_REFERENCE, _CHARGE.dump_json(facts), secret=secret)


def charge_behind(reference: str | None, *, secret: str) -> SandboxCharge:
    """Return the charge that a reference is about.

    Raises:
        BrokenSeal: the sandbox took no such charge.
    """
    if reference is None:
        raise BrokenSeal("no reference")
    payment_id, subscription_id, attempt, amount, currency, method, failure_code = _CHARGE.validate_json(
        open_sealed(_REFERENCE, reference, secret=secret)
    )
    return SandboxCharge(
        payment_id=payment_id,
        subscription_id=subscription_id,
        attempt=attempt,
        money=Money(amount, currency),
        method=method,
        failure_code=failure_code,
    )
