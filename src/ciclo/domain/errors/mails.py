"""Refusals about mails."""

from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.general import BillingError


class MailNotSetUp(BillingError):
    """The installation sends no mail."""

    code = ErrorCode.MAIL_NOT_SET_UP

    def __init__(self) -> None:
        super().__init__("no mail is sent: set CICLO_SMTP_URL")
