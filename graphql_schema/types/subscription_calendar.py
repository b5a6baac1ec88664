"""When a subscription is billed and by whom it is collected: some of the fields that it has."""

from datetime import date

import strawberry

from ciclo.domain.lifecycle.changes.withdrawal import withdrawal_ends_on
from ciclo.domain.subscription import Subscription
from graphql_schema.context import Info
from graphql_schema.types.collection import CollectionTerms, issue_day_of


@strawberry.type
class SubscriptionCalendar:
    """The fields of a subscription that come of its anchor and its collection."""

    source: strawberry.Private[Subscription]

    @strawberry.field(description="The day of the month on which periods begin; a shorter month's last day.")
    def billing_day(self) -> int:
        """Return the anchor's day."""
        return self.source.anchor.day

    @strawberry.field(description="Boundaries are counted from it, both ways: it may be to come.")
    def billing_anchor(self) -> date:
        """Return the anchor."""
        return self.source.anchor

    @strawberry.field(description="Its billing day from the end of the present period on.")
    def pending_billing_day(self) -> int | None:
        """Return the day to come."""
        return self.source.pending_billing_day

    @strawberry.field(description="Who collects its invoices, and on which days.")
    def collection(self, info: Info) -> CollectionTerms:
        """Return the terms of collection."""
        return CollectionTerms.of(self.source, info.context.deps.policy)

    @strawberry.field(description="The day on which its next invoice is issued; null if none is going to be.")
    def next_invoice_on(self, info: Info) -> date | None:
        """Return the issue day."""
        return issue_day_of(self.source, info.context.deps.policy)

    @strawberry.field(
        description="The last day to withdraw with all money back; null where that can't be done."
    )
    def withdrawable_until(self, info: Info) -> date | None:
        """Return that day, while it has not passed."""
        last_day = withdrawal_ends_on(self.source, info.context.deps.policy)
        over = last_day is None or last_day < info.context.today or not self.source.is_live
        return None if over else last_day
