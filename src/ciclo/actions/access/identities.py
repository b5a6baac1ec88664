"""Identities: whom an identity provider's claims are, here."""

from dataclasses import dataclass

from ciclo.actions.access.sessions import Person, subject_of
from ciclo.actions.customers.proving import prove_address
from ciclo.actions.dependencies import Deps
from ciclo.domain.errors.general import InvalidValue
from ciclo.email_address import normalize_email
from ciclo.permissions import OperatorRole
from ciclo.store.access.members import find_member_by_email
from ciclo.store.customers import find_customer_by_external_id
from ciclo.viewer import Via, via_of


class NobodyHere(Exception):
    """The provider vouches for nobody whom Ciclo could know: neither an id of the seller's nor an address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """What a provider says of somebody. An address counts only if it `is_verified`."""

    subject: str
    email: str
    is_verified: bool
    roles: tuple[OperatorRole, ...] = ()
    user_type: str | None = None


async def person_of_identity(deps: Deps, identity: Identity) -> Person:
    """Return who somebody is: a member, an operator by the provider's roles, or a customer.

    A member is found by address and goes first: so their name in records is the same by every way in, and
    nobody is their own second person. A customer is found by the seller's own id, then by address.

    Raises:
        NobodyHere: they are none of these.
    """
    if via_of(identity.subject) is not Via.TOKEN:
        raise NobodyHere
    email = _verified_address(identity)
    member = await find_member_by_email(deps.store, email) if email else None
    if member is not None:
        return Person(subject=subject_of(email), email=email, member_id=member.id)
    if identity.roles:
        return Person(subject=identity.subject, email=email, roles=identity.roles)
    if email:
        await prove_address(deps, email)
    customer = await find_customer_by_external_id(deps.store, identity.subject)
    if customer is not None:
        return Person(
            subject=identity.subject,
            email=customer.email,
            customer_id=customer.id,
            user_type=identity.user_type,
        )
    if not email:
        raise NobodyHere
    return Person(subject=identity.subject, email=email, user_type=identity.user_type)


def _verified_address(identity: Identity) -> str:
    """Return the address, empty where there is none that counts."""
    if not identity.is_verified or not identity.email:
        return ""
    try:
        return normalize_email(identity.email)
    except InvalidValue:
        return ""
