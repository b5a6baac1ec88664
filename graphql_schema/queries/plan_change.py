"""Looking at a change of plan before it is made, to the cent."""

from datetime import date

import strawberry

from ciclo.actions.changes import subscription_commands
from ciclo.domain.account import by_age
from ciclo.domain.ids import InvoiceId
from ciclo.domain.plan import same_offer
from ciclo.domain.subscription import Subscription
from graphql_schema.context import Info, SignedIn
from graphql_schema.types.enums import ChangeTiming, Proration, SubscriptionStatus
from graphql_schema.types.forecast import ForecastInvoice
from graphql_schema.types.invoices.invoice_line import InvoiceLine
from graphql_schema.types.money import Money, to_money


@strawberry.input(description="The same as a change, without its key.")
class PreviewPlanChangeInput:
    """A change to look at."""

    subscription_id: strawberry.ID
    plan_id: strawberry.ID
    quantity: int | None = None
    timing: ChangeTiming | None = None
    proration: Proration = Proration.NOW


@strawberry.type(
    description="What a change would bill now, to the cent, with all that happens in the same instant."
)
class PlanChangePreview:
    """A preview."""

    lines: list[InvoiceLine]
    subtotal: Money
    credit_applied: Money
    total_due_now: Money
    waiting_lines: list[InvoiceLine] = strawberry.field(
        description="What waits for the next invoice, of this change and of earlier ones."
    )
    takes_effect_on: date
    takes_effect_when_paid: bool = strawberry.field(
        description="The old terms run on until totalDueNow is paid; if that fails nothing changes."
    )
    ends_trial: bool = strawberry.field(
        description="The trial is over with the change, and totalDueNow is charged."
    )
    renewal: ForecastInvoice | None = strawberry.field(
        description="The next period's invoice, issued anew in the same instant, ahead of its day."
    )
    next_billing_date: date | None
    next_amount: Money = strawberry.field(description="Of the next full period.")
    status: SubscriptionStatus = strawberry.field(description="After the change.")


@strawberry.type
class PlanChangeQueries:
    """Looking at changes before they are made."""

    @strawberry.field(
        permission_classes=[SignedIn], description="What changePlan would do, without doing it."
    )
    async def preview_plan_change(self, info: Info, input: PreviewPlanChangeInput) -> PlanChangePreview:  # noqa: A002
        """Preview a change."""
        context = info.context
        choice = subscription_commands.PlanChoice(
            subscription_id=input.subscription_id,
            plan_id=input.plan_id,
            quantity=input.quantity,
            timing=input.timing,
            proration=input.proration,
        )
        preview = await subscription_commands.preview_plan_change(
            context.deps, choice, caller=await context.caller()
        )
        return _preview(preview, today=context.today, timezone=context.deps.policy.timezone)


def _preview(preview: subscription_commands.Preview, *, today: date, timezone: str) -> PlanChangePreview:
    """Return what would happen: the invoices that are issued, and how the subscription looks then.

    A renewal that is issued anew ahead of its boundary is told by itself: it is not due now.
    """
    before, after = preview.before, preview.after
    sub: Subscription = after.subscription
    currency = sub.terms.currency
    ahead = sub.next_coverage.invoice_id if sub.next_coverage else None
    renewal = None if ahead in before.invoices else after.invoices.get(ahead or InvoiceId(""))
    known = {*before.invoices, ahead}
    issued = by_age(invoice for id_, invoice in after.invoices.items() if id_ not in known)
    awaited = sub.awaited_change
    next_terms = sub.pending_change or (awaited.terms if awaited else sub.terms)
    changed = not same_offer(before.subscription.terms, sub.terms)
    scheduled = sub.pending_change is not None and awaited is None and not issued and not changed
    return PlanChangePreview(
        lines=[InvoiceLine.of(line, currency) for invoice in issued for line in invoice.lines],
        subtotal=to_money(sum(invoice.subtotal for invoice in issued), currency),
        credit_applied=to_money(sum(invoice.credit_applied for invoice in issued), currency),
        total_due_now=to_money(sum(invoice.total for invoice in issued), currency),
        waiting_lines=[InvoiceLine.of(line, currency) for line in sub.waiting_lines],
        takes_effect_on=sub.period.end if scheduled else today,
        takes_effect_when_paid=awaited is not None,
        ends_trial=before.subscription.status is SubscriptionStatus.TRIALING
        and sub.status is not SubscriptionStatus.TRIALING,
        renewal=ForecastInvoice.of(renewal, timezone=timezone) if renewal else None,
        next_billing_date=awaited.period.end if awaited else sub.next_billing_date,
        next_amount=to_money(next_terms.price, currency),
        status=sub.status,
    )
