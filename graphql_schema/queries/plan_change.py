"""Looking at a change of plan before it is made, to the cent."""

from datetime import date

import strawberry

from ciclo.actions import subscription_commands
from ciclo.domain.subscription import Subscription
from graphql_schema.context import Info, SignedIn
from graphql_schema.types.enums import ChangeTiming, SubscriptionStatus
from graphql_schema.types.invoice_line import InvoiceLine
from graphql_schema.types.money import Money, to_money


@strawberry.input(description="The same as a change, without its key.")
class PreviewPlanChangeInput:
    """A change to look at."""

    subscription_id: strawberry.ID
    plan_id: strawberry.ID
    quantity: int | None = None
    timing: ChangeTiming | None = None


@strawberry.type(description="What a change would bill now, to the cent.")
class PlanChangePreview:
    """A preview."""

    lines: list[InvoiceLine]
    subtotal: Money
    credit_applied: Money
    total_due_now: Money
    takes_effect_on: date
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
        )
        preview = await subscription_commands.preview_plan_change(
            context.deps, choice, caller=await context.caller()
        )
        return _preview(preview, today=context.today)


def _preview(preview: subscription_commands.Preview, *, today: date) -> PlanChangePreview:
    """Return what the decision would bill: the one invoice that it issues, if it does."""
    before, after = preview.before, preview.decision.account
    sub: Subscription = after.subscription
    currency = sub.terms.currency
    issued = next((invoice for id_, invoice in after.invoices.items() if id_ not in before.invoices), None)
    next_terms = sub.pending_change or sub.terms
    return PlanChangePreview(
        lines=[InvoiceLine.of(line, currency) for line in issued.lines] if issued else [],
        subtotal=to_money(issued.subtotal if issued else 0, currency),
        credit_applied=to_money(issued.credit_applied if issued else 0, currency),
        total_due_now=to_money(issued.total if issued else 0, currency),
        takes_effect_on=sub.period.end if sub.pending_change else today,
        next_billing_date=sub.next_billing_date,
        next_amount=to_money(next_terms.price, currency),
        status=sub.status,
    )
