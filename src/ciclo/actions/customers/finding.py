"""Finding one customer: by our id, the id of the seller's own system, or their e-mail address.

Who was merged into another customer is that one, in whatever is done for a customer. Only who looks at a
record, or writes on it, means the record that bears the id: `get_record`.
"""

from ciclo.actions.dependencies import Deps
from ciclo.domain.customer import Customer, normalize_external_id
from ciclo.domain.customers.profile import require_present
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.errors.payments import CustomerNotFound
from ciclo.domain.ids import CustomerId, parse_id
from ciclo.email_address import normalize_email
from ciclo.store.customers import (
    find_customer,
    find_customer_by_email,
    find_customer_by_external_id,
    find_merged_customer,
)


async def get_customer(deps: Deps, customer_id: str) -> Customer:
    """Return a customer, or whom they were merged into.

    Raises:
        MalformedId, CustomerNotFound: there is none.
    """
    customer = await find_merged_customer(deps.store, parse_id("cus", customer_id))
    if customer is None:
        raise CustomerNotFound
    return customer


async def get_record(deps: Deps, customer_id: str) -> Customer:
    """Return a customer's record, also one that was merged into another.

    Raises:
        MalformedId, CustomerNotFound: there is none.
    """
    customer = await find_customer(deps.store, parse_id("cus", customer_id))
    if customer is None:
        raise CustomerNotFound
    return customer


async def find_kept(deps: Deps, customer_id: CustomerId) -> CustomerId:
    """Return whom a customer was merged into, who is not there to be asked any more.

    Raises:
        CustomerNotFound: they never were, or nobody has what is asked for.
    """
    customer = await find_merged_customer(deps.store, customer_id)
    if customer is None or customer.id == customer_id:
        raise CustomerNotFound
    return customer.id


async def find_customer_named(
    deps: Deps, *, id_: str | None = None, external_id: str | None = None, email: str | None = None
) -> Customer | None:
    """Return the customer who is named in one of three ways, or None if there is none; an id names a record.

    Raises:
        InvalidValue: they are named in no way or in several, or what is given can't name anybody.
        MalformedId: the id is none of a customer.
    """
    if sum(given is not None for given in (id_, external_id, email)) != 1:
        raise InvalidValue(
            "name the customer by exactly one of id, externalId and email", field=("customer",)
        )
    if id_ is not None:
        return await find_customer(deps.store, parse_id("cus", id_))
    if external_id is not None:
        return await find_customer_by_external_id(deps.store, normalize_external_id(external_id))
    try:
        address = normalize_email(email or "")
    except InvalidValue as error:
        raise error.at("email") from None
    return await find_customer_by_email(deps.store, address)


async def address_of_subscriber(deps: Deps, customer_id: str | None, *, email: str | None) -> str | None:
    """Return the address of who is to subscribe: that of a customer who is there, or the *email* given.

    Raises:
        InvalidValue: they are named twice.
        MalformedId, CustomerNotFound, CustomerAnonymized: there is no such customer.
    """
    if customer_id is None:
        return email
    if email is not None:
        raise InvalidValue("name the customer by an id or by an address", field=("customer_id",))
    return (await require_customer(deps, customer_id)).email


async def require_customer(deps: Deps, customer_id: str) -> Customer:
    """Return a customer who is there.

    Raises:
        MalformedId, CustomerNotFound, CustomerAnonymized: there is no such customer.
    """
    customer = await get_customer(deps, customer_id)
    require_present(customer)
    return customer
