"""Which address of an invoice opens it, after any number of renewals and revocations."""

from datetime import UTC, datetime, timedelta

from ciclo.domain.ids import InvoiceId
from ciclo.domain.links.invoice_link import InvoiceLink, renew_link, revoke_link

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(days=7)
FIRST = InvoiceLink(id=InvoiceId("inv_01h455vb4pex5vsknk084sn02q"))


def test_an_invoice_has_an_address_from_the_beginning() -> None:
    assert FIRST.opens(0, at=NOW)
    assert not FIRST.opens(1, at=NOW)


def test_a_new_address_takes_the_place_of_the_one_before_until_it_expires() -> None:
    second = renew_link(FIRST, expires_at=LATER)

    assert [second.opens(number, at=NOW) for number in (0, 1, 2)] == [False, True, False]
    assert not second.is_good(at=LATER)
    assert renew_link(second, expires_at=None).is_good(at=LATER)


def test_what_is_revoked_stays_so_until_there_is_a_new_address() -> None:
    revoked = revoke_link(FIRST, at=NOW)

    assert not revoked.is_good(at=NOW)
    assert revoke_link(revoked, at=LATER) == revoked
    assert renew_link(revoked, expires_at=None).opens(1, at=LATER)
