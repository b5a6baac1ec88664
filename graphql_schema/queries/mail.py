"""Reading mails and their rules, for operators."""

import strawberry

from ciclo.actions.mails.asking import preview_mail
from ciclo.domain.ids import parse_id
from ciclo.domain.mails.mail import MailKind, MailState, VoidMailReason
from ciclo.store.mails.lists import NEWEST_FIRST, find_mail, list_mails, mail_query
from ciclo.store.mails.rules import find_mail_rules
from ciclo.store.mongo.paging import count_documents
from graphql_schema.context import Info, Operator
from graphql_schema.types.mails.mail import Mail, MailPreview, MailRule, MailText
from graphql_schema.types.pagination import After, Connection, First, Listing, connect


@strawberry.input(description="Which mails to list; what is left out does not matter.")
class MailFilter:
    """Conditions on mails."""

    state: MailState | None = None
    customer_id: strawberry.ID | None = None
    about: strawberry.ID | None = None


@strawberry.type
class MailQueries:
    """Reading mails."""

    @strawberry.field(permission_classes=[Operator], description="Mails of 90 days, the newest first.")
    async def mails(
        self,
        info: Info,
        filter: MailFilter | None = None,  # noqa: A002 - the API's name
        first: First = None,
        after: After = None,
    ) -> Connection[Mail]:
        """List mails."""
        store, wanted = info.context.deps.store, filter or MailFilter()
        query = mail_query(state=wanted.state, customer_id=wanted.customer_id, about=wanted.about)
        listing = Listing(
            name="mails",
            order=NEWEST_FIRST,
            read=lambda key, size: list_mails(store, query, after=key, size=size),
            count=lambda: count_documents(store, "mails", query),
        )
        return await connect(info, listing, first=first, after=after, to_node=Mail.of)

    @strawberry.field(permission_classes=[Operator], description="One mail.")
    async def mail(self, info: Info, id: strawberry.ID) -> Mail | None:  # noqa: A002
        """Find a mail."""
        found = await find_mail(info.context.deps.store, parse_id("mail", id))
        return Mail.of(found) if found else None

    @strawberry.field(permission_classes=[Operator], description="Which kinds of mail are sent, and when.")
    async def mail_rules(self, info: Info) -> list[MailRule]:
        """List the rules."""
        rules, _ = await find_mail_rules(info.context.deps.store)
        return MailRule.all_of(rules)

    @strawberry.field(
        permission_classes=[Operator], description="What a kind of mail about this object would say now."
    )
    async def mail_preview(self, info: Info, kind: MailKind, about: strawberry.ID) -> MailPreview:
        """Preview a mail."""
        shown = await preview_mail(info.context.deps, kind, about)
        if isinstance(shown, VoidMailReason):
            return MailPreview(content=None, void_reason=shown)
        return MailPreview(content=MailText.of(shown), void_reason=None)
