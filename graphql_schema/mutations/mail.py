"""Changing what is mailed, and having a mail sent, for operators."""

import strawberry

from ciclo.actions.mails import asking as actions
from ciclo.domain.mails.mail import MailKind
from ciclo.domain.mails.rules import MailRule as DomainMailRule
from ciclo.store.mails.lists import find_mail
from graphql_schema.context import Info, Operator
from graphql_schema.mutations.idempotency import IDEMPOTENCY_KEY, request_of
from graphql_schema.mutations.refusals import USER_ERRORS, UserError, mutation
from graphql_schema.types.mails.mail import Mail, MailRule


@strawberry.input
class MailRuleInput:
    """A rule."""

    kind: MailKind
    enabled: bool
    days: list[int] = strawberry.field(
        default_factory=list, description="Of INVOICE_DUE and INVOICE_OVERDUE, up to six; of others none."
    )


@strawberry.input
class UpdateMailRulesInput:
    """Rules to replace."""

    rules: list[MailRuleInput] = strawberry.field(description="Those of other kinds stay as they are.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.input
class SendMailInput:
    """What to send."""

    invoice_id: strawberry.ID
    kind: MailKind = strawberry.field(description="INVOICE_ISSUED, INVOICE_DUE or INVOICE_OVERDUE.")
    idempotency_key: str | None = strawberry.field(default=None, description=IDEMPOTENCY_KEY)


@strawberry.type
class UpdateMailRulesPayload:
    """What updateMailRules came to."""

    rules: list[MailRule] | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class SendMailPayload:
    """What sendMail came to."""

    mail: Mail | None = None
    user_errors: list[UserError] = strawberry.field(default_factory=list, description=USER_ERRORS)


@strawberry.type
class MailMutations:
    """Changing what is mailed."""

    @mutation(Operator, description="Say which kinds of mail are sent, and on which days.")
    async def update_mail_rules(
        self,
        info: Info,
        input: UpdateMailRulesInput,  # noqa: A002 - the API's name
    ) -> UpdateMailRulesPayload:
        """Change rules."""
        changed = [
            DomainMailRule(kind=rule.kind, enabled=rule.enabled, days=tuple(rule.days))
            for rule in input.rules
        ]
        rules = await actions.update_mail_rules(
            info.context.deps, changed, by=info.context.actor, request=request_of(info, input)
        )
        return UpdateMailRulesPayload(rules=MailRule.all_of(rules))

    @mutation(Operator, description="Mail a customer of an open invoice now, whatever the rules say.")
    async def send_mail(
        self,
        info: Info,
        input: SendMailInput,  # noqa: A002 - the API's name
    ) -> SendMailPayload:
        """Send a mail."""
        deps = info.context.deps
        mail_id = await actions.send_mail(
            deps, input.invoice_id, input.kind, by=info.context.actor, request=request_of(info, input)
        )
        found = await find_mail(deps.store, mail_id)
        return SendMailPayload(mail=Mail.of(found) if found else None)
