"""Tax ids: who looks at one unmasked stands in the operations log."""

from ciclo.actions.access.operations import log_reading
from ciclo.actions.customers.finding import get_record
from ciclo.actions.dependencies import Deps
from ciclo.viewer import Actor


async def reveal_tax_id(deps: Deps, customer_id: str, *, by: Actor) -> str | None:
    """Return a customer's tax id, once the look is logged; None: it is not known.

    Raises:
        MalformedId, CustomerNotFound: there is no such customer.
    """
    customer = await get_record(deps, customer_id)
    if customer.tax_id is not None:
        await log_reading(deps, by, "revealTaxId", customer.id, what=None)
    return customer.tax_id
