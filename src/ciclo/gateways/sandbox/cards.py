"""The sandbox's magic cards and tokens: what each does is known by its number or name alone.

Cards that pay: 4242 4242 4242 4242, 5555 5555 5555 4444 and the other usual test numbers.

| number | keeping it (tokenize, attach) | charging it |
|---|---|---|
| 4000 0000 0000 0002 | generic_decline | |
| 4000 0000 0000 9995 | insufficient_funds | |
| 4000 0000 0000 9987 | lost_card | |
| 4000 0000 0000 9979 | stolen_card | |
| 4000 0000 0000 0069 | expired_card | |
| 4000 0000 0000 0127 | incorrect_cvc | |
| 4000 0000 0000 0119 | processing_error | |
| 4000 0000 0000 0341 | works | generic_decline, always |
| 4000 0027 6000 3184 | works | authentication_required, until its payer comes and confirms it |
| 4000 0099 0000 0012, ..0020, ..0038, ..0046, ..0053, ..0061, ..0079, ..0087, ..0095 | works | \
insufficient_funds at a payment's first 1, 2, ... 9 attempts, then it pays |
| any other | test_mode_live_card | |

| token, instead of a card form | charging it |
|---|---|
| tok_visa, tok_mastercard | pays |
| tok_charge_declined | generic_decline, always |
| tok_insufficient_funds | insufficient_funds, always |
| tok_lost_card, tok_expired_card | the same code, always; hard declines |
| tok_authentication_required | authentication_required, until its payer comes and confirms it |
| tok_fails_1 ... tok_fails_9 | insufficient_funds at a payment's first N attempts, then it pays |
| tok_attach_declined | can't be kept: generic_decline |

| amount of a card charge, last four digits in minor units | what happens |
|---|---|
| 99,51 | generic_decline |
| 99,91 | the first call for a key is Unavailable and charges nothing, the next one goes on as usual |
| 99,93 | the charge is made and reported, but the first call for a key is Unavailable: its answer got lost |
"""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from ciclo.domain.payments.attempt import AUTHENTICATION_REQUIRED
from ciclo.gateways.card import brand_of, last_four

GENERIC_DECLINE: Final = "generic_decline"
REAL_CARD: Final = "test_mode_live_card"
"""Any number that is none of the magic ones: nobody should type a real card into a sandbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxCard:
    """A card that nobody issued, and how it behaves.

    `refused_with` is the code it is declined with when it is to be kept, `declined_with` the code
    of its failing charges: of the first `failures` attempts at a payment, or of all where that is None.
    """

    brand: str = "visa"
    last_four: str = "4242"
    refused_with: str | None = None
    declined_with: str | None = None
    failures: int | None = None
    expires_on: date | None = None

    def outcome(self, attempt: int) -> str | None:
        """Return the failure code of this *attempt*, counted from one, or None if it pays."""
        if self.refused_with is not None:
            return self.refused_with
        if self.failures is not None and attempt > self.failures:
            return None
        return self.declined_with


_PAYING: Final = """
    4242424242424242 4111111111111111 4000056655665556 4000000760000002 5555555555554444 5105105105105100
    5200828282828210 2223003122003222 378282246310005 371449635398431 6011111111111117 3056930009020004
    36227206271667 3566002020360505 6200000000000005 6362970000457013 6062826786276634
"""
_PAYING_NUMBERS: Final = frozenset(_PAYING.split())
_REFUSED: Final = {
    "4000000000000002": GENERIC_DECLINE,
    "4000000000009995": "insufficient_funds",
    "4000000000009987": "lost_card",
    "4000000000009979": "stolen_card",
    "4000000000000069": "expired_card",
    "4000000000000127": "incorrect_cvc",
    "4000000000000119": "processing_error",
}
_DECLINED: Final = {
    "4000000000000341": GENERIC_DECLINE,
    "4000002760003184": AUTHENTICATION_REQUIRED,
}
_FAILING: Final = re.compile(r"40000099000000([1-9])[0-9]")
"""4000 0099 0000 00Nc declines N times and then pays; c is the number's check digit."""

_TOKENS: Final = {
    "tok_visa": SandboxCard(),
    "tok_mastercard": SandboxCard(brand="mastercard", last_four="4444"),
    "tok_attach_declined": SandboxCard(last_four="0002", refused_with=GENERIC_DECLINE),
    "tok_charge_declined": SandboxCard(last_four="0341", declined_with=GENERIC_DECLINE),
    "tok_insufficient_funds": SandboxCard(last_four="9995", declined_with="insufficient_funds"),
    "tok_lost_card": SandboxCard(last_four="9987", declined_with="lost_card"),
    "tok_expired_card": SandboxCard(last_four="0069", declined_with="expired_card"),
    "tok_authentication_required": SandboxCard(last_four="3184", declined_with=AUTHENTICATION_REQUIRED),
}
_FAILING_TOKEN: Final = re.compile(r"tok_fails_([1-9])")


def card_of_number(number: str) -> SandboxCard:
    """Return what the card of this number, plain digits, does."""
    failing = _FAILING.fullmatch(number)
    known = number in _PAYING_NUMBERS or number in _DECLINED or failing is not None
    return SandboxCard(
        brand=brand_of(number),
        last_four=last_four(number),
        refused_with=None if known else _REFUSED.get(number, REAL_CARD),
        declined_with="insufficient_funds" if failing else _DECLINED.get(number),
        failures=int(failing[1]) if failing else None,
    )


def card_of_token(token: str) -> SandboxCard | None:
    """Return what the card behind a plain token does, None if the sandbox has no such token."""
    failing = _FAILING_TOKEN.fullmatch(token)
    if failing:
        last = f"00{failing[1]}0"
        return SandboxCard(last_four=last, declined_with="insufficient_funds", failures=int(failing[1]))
    return _TOKENS.get(token)
