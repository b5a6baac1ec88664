"""Signing in: links for those who ask for one, codes for one use, and what becomes of them."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from ciclo.actions.access.sessions import (
    SECRET_SHAPE,
    Person,
    begin_session,
    digest_secret,
    generate_secret,
    subject_of,
)
from ciclo.actions.customers.proving import prove_address
from ciclo.actions.dependencies import Deps
from ciclo.actions.mails.write import new_secret_mail
from ciclo.domain.mails.mail import Mail, MailKind
from ciclo.store.access.members import find_member, find_member_by_email
from ciclo.store.access.sessions import SignInSession, SignInWay
from ciclo.store.access.sign_in_codes import (
    CodeKind,
    CodeUsed,
    SignInCode,
    add_code,
    find_code,
    use_code,
)
from ciclo.store.customers import find_customer_by_email, find_merged_customer, is_claimed
from ciclo.store.mails.mails import write_mails
from ciclo.store.mongo.transaction import Session, run_transaction

LINK_LIFE: Final = timedelta(minutes=15)
INVITATION_LIFE: Final = timedelta(days=3)
CODE_REMEMBERED: Final = timedelta(days=7)
"""After it has expired: so long a used or expired link is told from one that never was."""

_WAYS: Final = {
    CodeKind.LINK: SignInWay.LINK,
    CodeKind.PORTAL: SignInWay.PORTAL,
    CodeKind.INVITATION: SignInWay.INVITATION,
}


class CodeFault(StrEnum):
    """What is wrong with a code."""

    UNKNOWN = "UNKNOWN"
    EXPIRED = "EXPIRED"
    USED = "USED"
    OTHER_BROWSER = "OTHER_BROWSER"


class CodeRefused(Exception):
    """A code is not taken; nothing of it was used up."""

    def __init__(self, fault: CodeFault) -> None:
        super().__init__(fault.value)
        self.fault: Final = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCode:
    """A code before it is handed out: `secret` is for the link alone, `stored` for the store."""

    secret: str
    stored: SignInCode


def new_code(
    deps: Deps,
    kind: CodeKind,
    *,
    life: timedelta,
    email: str = "",
    customer_id: str | None = None,
    member_id: str | None = None,
    asker: str | None = None,
    return_url: str | None = None,
) -> NewCode:
    """Return a new code; *asker* is the secret of the only browser that may use it."""
    at, secret = deps.wall(), generate_secret()
    stored = SignInCode(
        digest=digest_secret(secret),
        kind=kind,
        email=email,
        customer_id=customer_id,
        member_id=member_id,
        asker=None if asker is None else digest_secret(asker),
        return_url=return_url,
        created_at=at,
        expires_at=at + life,
        forget_at=at + life + CODE_REMEMBERED,
    )
    return NewCode(secret=secret, stored=stored)


def sign_in_url(deps: Deps, secret: str) -> str:
    """Return the address that signs in by a code: in its fragment, which browsers send to no server."""
    return f"{deps.settings.base_url.rstrip('/')}/entrar#codigo={secret}"


async def person_of_email(deps: Deps, email: str) -> Person | None:
    """Return who has this normalised address, a member before a customer; None: nobody whom Ciclo knows.

    With CICLO_SIGN_IN_NEWCOMERS everybody is a customer who has yet to subscribe.
    """
    member = await find_member_by_email(deps.store, email)
    customer = await find_customer_by_email(deps.store, email)
    if member is not None:
        return Person(subject=subject_of(email), email=email, member_id=member.id)
    if customer is not None:
        return Person(subject=subject_of(email), email=email, customer_id=customer.id)
    # Who signed up by a checkout link is nobody's customer until they have shown that they read its mail.
    is_newcomer = deps.settings.sign_in_newcomers or await is_claimed(deps.store, email)
    return Person(subject=subject_of(email), email=email) if is_newcomer else None


async def mail_link(deps: Deps, person: Person, *, asker: str) -> None:
    """Mail a link to *person*, which only the browser that holds *asker* can use.

    Raises:
        EncryptionNotSetUp: there is no key to keep the link with until it is sent.
    """
    code = new_code(
        deps,
        CodeKind.LINK,
        life=LINK_LIFE,
        email=person.email,
        customer_id=person.customer_id,
        member_id=person.member_id,
        asker=asker,
    )
    mail = link_mail(deps, code, MailKind.SIGN_IN, to=person.email)

    async def body(transaction: Session) -> None:
        await add_code(deps.store, code.stored, transaction)
        await write_mails(deps.store, [mail], transaction)

    await run_transaction(deps.store, body)


def link_mail(deps: Deps, code: NewCode, kind: MailKind, *, to: str) -> Mail:
    """Return the mail that carries *code*; about it is the digest, which opens nothing.

    Raises:
        EncryptionNotSetUp: there is no key to keep the link with until it is sent.
    """
    return new_secret_mail(
        deps,
        kind,
        to=to,
        about=code.stored.digest,
        at=code.stored.created_at,
        link=sign_in_url(deps, code.secret),
        useful_until=code.stored.expires_at,
    )


async def redeem_code(deps: Deps, secret: str, *, asker: str | None) -> tuple[str, SignInSession]:
    """Sign in by a code, once; return the session's secret and the session.

    Args:
        deps: The store, and the wall clock.
        secret: The code.
        asker: What the browser holds in its cookie of having asked, if it does.

    Raises:
        CodeRefused: the code is none, is used or expired, is another browser's, or whom it was for is gone.
    """
    code = await find_code(deps.store, digest_secret(secret)) if SECRET_SHAPE.fullmatch(secret) else None
    if code is None:
        raise CodeRefused(CodeFault.UNKNOWN)
    at = deps.wall()
    if code.used_at is not None:
        raise CodeRefused(CodeFault.USED)
    if at >= code.expires_at:
        raise CodeRefused(CodeFault.EXPIRED)
    if code.asker is not None and (asker is None or digest_secret(asker) != code.asker):
        raise CodeRefused(CodeFault.OTHER_BROWSER)
    if code.kind is CodeKind.LINK:
        await prove_address(deps, code.email)
    person = await _person_of(deps, code)
    if person is None:
        raise CodeRefused(CodeFault.UNKNOWN)

    async def use(transaction: Session) -> None:
        await use_code(deps.store, code.digest, at=at, transaction=transaction)

    try:
        return await begin_session(deps, person, _WAYS[code.kind], return_url=code.return_url, within=use)
    except CodeUsed:
        raise CodeRefused(CodeFault.USED) from None


async def _person_of(deps: Deps, code: SignInCode) -> Person | None:
    """Return whom a code signs in; None if they are gone."""
    if code.member_id is not None:
        member = await find_member(deps.store, code.member_id)
        if member is None:
            return None
        return Person(subject=subject_of(member.email), email=member.email, member_id=member.id)
    if code.customer_id is not None:
        customer = await find_merged_customer(deps.store, code.customer_id)
        if customer is None:
            return None
        return Person(subject=subject_of(customer.email), email=customer.email, customer_id=customer.id)
    return await person_of_email(deps, code.email)
