"""Reading credit notes."""

import strawberry

from ciclo.domain.ids import parse_id
from ciclo.store.credit_notes import NEWEST_FIRST, credit_note_query, list_credit_notes
from ciclo.store.mongo.paging import count_documents
from graphql_schema.context import Info, SignedIn
from graphql_schema.types.invoices.credit_note import CreditNote
from graphql_schema.types.pagination import After, Connection, First, Listing, connect


@strawberry.type
class CreditNoteQueries:
    """Reading credit notes."""

    @strawberry.field(
        permission_classes=[SignedIn],
        description="The viewer's credit notes, the newest first; all of them for an operator.",
    )
    async def credit_notes(
        self,
        info: Info,
        invoice_id: strawberry.ID | None = None,
        first: First = None,
        after: After = None,
    ) -> Connection[CreditNote]:
        """List credit notes."""
        store = info.context.deps.store
        query = credit_note_query(
            owner=await info.context.owner(),
            invoice_id=parse_id("inv", invoice_id) if invoice_id else None,
        )
        listing = Listing(
            name="creditNotes",
            order=NEWEST_FIRST,
            read=lambda key, size: list_credit_notes(store, query, after=key, size=size),
            count=lambda: count_documents(store, "credit_notes", query),
        )
        return await connect(info, listing, first=first, after=after, to_node=CreditNote.of)
