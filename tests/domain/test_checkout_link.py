"""What a checkout link may be, and when it opens a checkout."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ciclo.domain.errors.general import BillingError, InvalidValue
from ciclo.domain.errors.links import LinkExpired, LinkRevoked, LinkUsedUp
from ciclo.domain.ids import CheckoutLinkId, PlanId
from ciclo.domain.links.checkout_link import (
    CheckoutLink,
    require_offered,
    require_open,
    revoke_checkout_link,
    validate_checkout_link,
)
from ciclo.domain.payment import MethodKind

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=7)
LINK = CheckoutLink(
    id=CheckoutLinkId("clk_1"),
    plan_id=PlanId("plan_1"),
    quantity_max=3,
    methods=(MethodKind.PIX, MethodKind.BOLETO),
    uses_max=2,
    expires_at=LATER,
    created_at=NOW,
)


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("quantity", {"quantity_min": 0}),
        ("quantity", {"quantity_min": 4}),
        ("trial_days", {"trial_days": -1}),
        ("max_uses", {"uses_max": 0}),
        ("expires_at", {"expires_at": NOW}),
        ("methods", {"methods": (MethodKind.PIX, MethodKind.PIX)}),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_field(field: str, changes: dict[str, object]) -> None:
    assert validate_checkout_link(LINK, at=NOW) is LINK

    with pytest.raises(InvalidValue) as refused:
        validate_checkout_link(replace(LINK, **changes), at=NOW)  # type: ignore[arg-type]

    assert refused.value.field == (field,)


@pytest.mark.parametrize(
    ("link", "at", "refusal"),
    [
        (LINK, LATER, LinkExpired),
        (replace(LINK, uses=2), NOW, LinkUsedUp),
        (revoke_checkout_link(LINK, reason="over", at=NOW), NOW, LinkRevoked),
    ],
)
def test_a_link_is_open_until_it_ends(link: CheckoutLink, at: datetime, refusal: type[BillingError]) -> None:
    require_open(replace(LINK, uses=1), at=LATER - timedelta(seconds=1))

    with pytest.raises(refusal):
        require_open(link, at=at)


def test_only_what_the_link_sells_is_taken_by_it() -> None:
    require_offered(LINK, quantity=3, method=MethodKind.PIX)
    require_offered(LINK, quantity=1, method=None)
    require_offered(replace(LINK, methods=()), quantity=1, method=MethodKind.CREDIT_CARD)

    with pytest.raises(InvalidValue, match="1 to 3"):
        require_offered(LINK, quantity=4, method=MethodKind.PIX)
    with pytest.raises(InvalidValue, match="PIX, BOLETO"):
        require_offered(LINK, quantity=1, method=MethodKind.CREDIT_CARD)


def test_a_link_that_is_revoked_keeps_when_and_why() -> None:
    revoked = revoke_checkout_link(LINK, reason="over", at=NOW)

    assert (revoked.revoked_at, revoked.revoke_reason) == (NOW, "over")
    assert revoke_checkout_link(revoked, reason="again", at=LATER) is revoked
