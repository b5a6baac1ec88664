"""Writing a mail: a value that is stored in the transaction of what it tells, and sent afterwards."""

from datetime import datetime
from typing import Final

from ciclo.actions.dependencies import Deps
from ciclo.actions.webhooks.secrets import Sealer
from ciclo.domain.ids import CustomerId
from ciclo.domain.mails.mail import Mail, MailKind, mail_id
from ciclo.domain.mails.rules import MailRules
from ciclo.domain.webhooks.endpoint import WebhookEndpoint
from ciclo.permissions import PERMISSIONS, Permission
from ciclo.settings.mail import MailDelivery
from ciclo.store.access.members import find_addresses_of_roles

MEMBERS_TOLD_MAX: Final = 20
"""Members who are mailed of one thing."""


def sends_mail(deps: Deps) -> bool:
    """Return whether mails go anywhere: else none is to be written."""
    return deps.settings.mails_go is not MailDelivery.OFF


async def find_rules_of_mail(deps: Deps) -> MailRules | None:
    """Return by which rules customers are mailed now; None: they are not."""
    if not sends_mail(deps):
        return None
    return await deps.mail_rules.now(deps.store, age_ms_max=deps.settings.webhook_audience_ms)


def new_secret_mail(
    deps: Deps,
    kind: MailKind,
    *,
    to: str,
    about: str,
    at: datetime,
    link: str,
    useful_until: datetime,
    customer_id: CustomerId | None = None,
) -> Mail:
    """Return a mail with a *link* that opens something, to be stored by `store.mails.mails`.

    The link is kept encrypted until the mail is sent, or *useful_until* (wall time) is over: then nowhere.
    A second mail about the same *about* is the same mail, and is not sent again.

    Args:
        deps: For the keys and the wall clock.
        kind: What the mail is.
        to: The address, as `normalize_email` returns it.
        about: The id of what the link opens; it is no secret.
        at: The billing clock's instant of that.
        link: The whole address.
        useful_until: From when on nobody needs the mail.
        customer_id: Whose it is, if a customer's.

    Raises:
        EncryptionNotSetUp: there is no key to keep the link with.
    """
    now = deps.wall()
    return Mail(
        id=mail_id(kind, at=at, facts=about),
        kind=kind,
        to=to,
        about=about,
        customer_id=customer_id,
        sealed=Sealer(deps.settings).seal(link).text,
        asked=True,
        at=at,
        created_at=now,
        next_at=now,
        useful_until=useful_until,
    )


async def mails_of_disabling(deps: Deps, endpoint: WebhookEndpoint, *, at: datetime) -> list[Mail]:
    """Return what members who look after webhooks are mailed of an endpoint that was disabled just now."""
    if not sends_mail(deps):
        return []
    row = next(row for row in PERMISSIONS if row.permission is Permission.WEBHOOKS_WRITE)
    addresses = await find_addresses_of_roles(deps.store, row.roles, members_max=MEMBERS_TOLD_MAX)
    return [
        Mail(
            id=mail_id(MailKind.WEBHOOK_ENDPOINT_DISABLED, at=at, facts=f"{endpoint.id}:{address}"),
            kind=MailKind.WEBHOOK_ENDPOINT_DISABLED,
            to=address,
            about=endpoint.id,
            at=at,
            created_at=at,
            next_at=at,
        )
        for address in addresses
    ]
