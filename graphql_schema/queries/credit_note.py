"""Reading credit notes."""

from enum import Enum
from typing import Final

import strawberry

from ciclo.domain.ids import parse_id
from ciclo.store.credit_notes import credit_note_query, list_credit_notes
from ciclo.store.mongo.paging import SortKind, count_documents
from graphql_schema.context import Info, SignedIn
from graphql_schema.types.invoices.credit_note import CreditNote
from graphql_schema.types.pagination import (
    After,
    Connection,
    First,
    Listing,
    OrderDirection,
    connect,
    sort_order,
)


@strawberry.enum(description="What credit notes are sorted by; AMOUNT by the number, whatever its currency.")
class CreditNoteOrderField(Enum):
    """Sortable fields."""

    ISSUED_AT = "issued_at"
    AMOUNT = "amount"


_KINDS: Final = {CreditNoteOrderField.AMOUNT: SortKind.NUMBER}


@strawberry.input(description="How credit notes are sorted.")
class CreditNoteOrder:
    """An order."""

    field: CreditNoteOrderField = CreditNoteOrderField.ISSUED_AT
    direction: OrderDirection = OrderDirection.DESC


@strawberry.type
class CreditNoteQueries:
    """Reading credit notes."""

    @strawberry.field(
        permission_classes=[SignedIn],
        description="The viewer's credit notes; all of them for an operator.",
    )
    async def credit_notes(
        self,
        info: Info,
        invoice_id: strawberry.ID | None = None,
        order_by: CreditNoteOrder | None = None,
        first: First = None,
        after: After = None,
    ) -> Connection[CreditNote]:
        """List credit notes."""
        store = info.context.deps.store
        query = await credit_note_query(
            store,
            owner=await info.context.owner(),
            invoice_id=parse_id("inv", invoice_id) if invoice_id else None,
        )
        order = order_by or CreditNoteOrder()
        sort = sort_order(order.field, order.direction, kinds=_KINDS)
        listing = Listing(
            name="creditNotes",
            order=sort,
            read=lambda key, size: list_credit_notes(store, query, order=sort, after=key, size=size),
            count=lambda: count_documents(store, "credit_notes", query),
        )
        return await connect(info, listing, first=first, after=after, to_node=CreditNote.of)
