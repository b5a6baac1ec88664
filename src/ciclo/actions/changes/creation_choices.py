"""What only operators choose when a subscription is created: who collects, and when periods begin."""

from datetime import date

from ciclo.actions.caller import Caller
from ciclo.domain.collection import Collection
from ciclo.domain.errors.general import Forbidden
from ciclo.domain.lifecycle.calendar import require_collection
from ciclo.domain.lifecycle.stub import require_chosen_anchor
from ciclo.domain.period import BillingCycle, ChosenAnchor


def require_collection_choice(
    collection: Collection, *, cycle: BillingCycle, has_method: bool, caller: Caller
) -> None:
    """Check the choice of who collects: the seller's, since an invoice is trusted (rule 28).

    Raises:
        Forbidden: a customer makes it.
        InvalidValue, NoPaymentMethod: see `lifecycle.calendar.require_collection`.
    """
    if collection == Collection():
        return
    if not caller.is_admin:
        raise Forbidden("only operators choose how a subscription is collected", field=("collection",))
    require_collection(collection, cycle, has_method=has_method)


def require_anchor_choice(
    chosen: ChosenAnchor | None, *, start: date, cycle: BillingCycle, caller: Caller
) -> None:
    """Check the choice of when periods begin: the seller's, for nobody can buy some days only (rule 33).

    *start* is the first day of service, after the trial if there is one.

    Raises:
        Forbidden: a customer makes it.
        InvalidValue, DateInPast: see `lifecycle.stub.require_chosen_anchor`.
    """
    if chosen is None:
        return
    if not caller.is_admin:
        raise Forbidden("only operators choose when periods begin", field=("billing_day",))
    require_chosen_anchor(chosen, start=start, cycle=cycle)
