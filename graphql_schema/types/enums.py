"""The domain's enumerations under the names that the API gives them."""

import strawberry

from ciclo.actions.cards.payment_options import TokenizerKind
from ciclo.documents.language import Language
from ciclo.domain.coupons.discount import DiscountDuration, DiscountKind
from ciclo.domain.entitlements.feature import Combination, FeatureKind, Overage, Reset
from ciclo.domain.entitlements.provision import EntitlementReason
from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.events.commands import CancellationRefund, ChangeTiming, Proration
from ciclo.domain.events.event import Source
from ciclo.domain.events.event_type import EventType
from ciclo.domain.invoice import CreditDestination, InvoiceKind, LineKind, VoidReason
from ciclo.domain.lifecycle.payments.reviews import ReviewDecision
from ciclo.domain.mails.mail import MailKind, MailState, VoidMailReason
from ciclo.domain.payment import MethodKind, PaymentStatus, RefundStatus
from ciclo.domain.period import BillingCycle, FirstPeriod
from ciclo.domain.subscription import EndReason, Status
from ciclo.domain.tax_id import TaxIdKind
from ciclo.domain.webhooks.endpoint import DisableReason
from ciclo.domain.webhooks.message import MessageType
from ciclo.domain.webhooks.webhook_delivery import AttemptFailure, WebhookDeliveryState
from ciclo.permissions import OperatorRole, Permission
from ciclo.store.access.approvals import ApprovalKind, ApprovalStatus
from ciclo.viewer import ViewerKind

# Strawberry keeps what it knows of an enumeration on the class itself, and names one that it meets in an
# annotation after its class. So they are named before any annotation is read: when this module is imported.
for _enum, _name, _description in (
    (ApprovalKind, "ApprovalKind", "What can wait for a second person."),
    (ApprovalStatus, "ApprovalStatus", "Where an approval is in its life."),
    (BillingCycle, "BillingCycle", "How often a plan is billed."),
    (
        CancellationRefund,
        "CancellationRefund",
        "CREDIT: unused days go onto the balance. REFUND: to the payments that paid them, else the same.",
    ),
    (ChangeTiming, "ChangeTiming", "When a change takes effect."),
    (Combination, "FeatureCombination", "What several subscriptions give together."),
    (CreditDestination, "CreditDestination", "Where the amount of a credit note goes."),
    (
        DiscountDuration,
        "DiscountDuration",
        "How long a discount lasts: one period, some periods or months of them, or for ever.",
    ),
    (DiscountKind, "DiscountKind", "What a discount takes off: a share, or an amount of a full period."),
    (EndReason, "EndReason", "Why a subscription ended."),
    (
        EntitlementReason,
        "EntitlementReason",
        (
            "Why something may not be used. LIMIT_REACHED: a plan with more would allow it. NO_SUBSCRIPTION: "
            "there is none, or it was never paid for."
        ),
    ),
    (ErrorCode, "UserErrorCode", "Why a request was refused. Codes are stable; new ones may be added."),
    (EventType, "EventType", "What happened, or what is asked of the collection worker."),
    (
        FeatureKind,
        "FeatureKind",
        "BOOLEAN: it is there or not. LIMIT: so many at a time. METERED: so many in a window of time.",
    ),
    (
        FirstPeriod,
        "FirstPeriod",
        "What the days before the first boundary cost. FULL: what a full period does.",
    ),
    (InvoiceKind, "InvoiceKind", "Why an invoice was issued. ONE_OFF bills items alone, and no days."),
    (Language, "Language", "A language that texts are written in."),
    (
        LineKind,
        "InvoiceLineKind",
        (
            "SERVICE charges days, ONE_OFF an item beside the plan, PENALTY a fee for what the customer did; "
            "UNUSED gives back days that will not be used, CORRECTION a part of a charge."
        ),
    ),
    (
        TokenizerKind,
        "CardTokenizerKind",
        "Whose form takes a card's number. SANDBOX: one of ours, for test cards only.",
    ),
    (MailKind, "MailKind", "What a mail tells."),
    (
        MailState,
        "MailState",
        "WAITING until it is sent, or will not be. BOUNCED: there is no such address. VOID: see voidReason.",
    ),
    (
        VoidMailReason,
        "MailVoidReason",
        (
            "Why a mail was not sent. SETTLED: there was nothing to tell any more. TOO_SOON: the same was "
            "told within the hour. ADDRESS_BROKEN: mail to this address came back before."
        ),
    ),
    (MethodKind, "PaymentMethodKind", "How a customer pays."),
    (OperatorRole, "OperatorRole", "What somebody does for the seller."),
    (Overage, "FeatureOverage", "Whether more than the limit may be used, and shows as over it."),
    (PaymentStatus, "PaymentStatus", "PENDING, then FAILED or COMPLETED, then REFUNDED."),
    (Permission, "Permission", "What roles, or an API key's scopes, allow. New ones may be added."),
    (
        Proration,
        "Proration",
        (
            "How a change that takes effect at once is billed. NOW: the unused days are credited and the new "
            "ones charged. NEXT_INVOICE: the same lines wait for the next invoice. NONE: no lines, the new "
            "price is that of the next period. FULL: a full new period begins, and nothing is credited."
        ),
    ),
    (RefundStatus, "RefundStatus", "Where the money of a refund is."),
    (
        Reset,
        "FeatureReset",
        "When counting begins anew. PERIOD: with the subscription's period, the oldest one's of several.",
    ),
    (
        ReviewDecision,
        "ReviewDecision",
        "What became of a review. CAUSE_GONE: nobody decided, what it was about has ended.",
    ),
    (Source, "EventSource", "Who brought the news."),
    (
        VoidReason,
        "InvoiceVoidReason",
        "Why an invoice was cancelled. CHANGE_DROPPED: what it was to pay for did not take effect.",
    ),
    (TaxIdKind, "TaxIdKind", "Whose tax id it is: a person's or a firm's."),
    (Status, "SubscriptionStatus", "Where a subscription is in its life."),
    (ViewerKind, "ViewerKind", "Who asks: a customer, an operator, or a service by its key."),
    (MessageType, "WebhookMessageType", "What a message is about: INVOICE_PAID is invoice.paid in its body."),
    (WebhookDeliveryState, "WebhookDeliveryState", "PENDING until it is delivered or given up."),
    (
        AttemptFailure,
        "WebhookFailure",
        (
            "Why an attempt came to nothing. STATUS: the answer was none of 2xx. GONE: it was 410, and the "
            "endpoint is told nothing more. FORBIDDEN_ADDRESS: its name leads to one that is not public."
        ),
    ),
    (
        DisableReason,
        "WebhookDisableReason",
        "Why an endpoint is told nothing. FAILING: for five days nothing arrived. GONE: it answered 410.",
    ),
):
    strawberry.enum(_enum, name=_name, description=_description)

CardTokenizerKind = TokenizerKind
PaymentMethodKind = MethodKind
SubscriptionStatus = Status
EventSource = Source
UserErrorCode = ErrorCode
WebhookDisableReason = DisableReason
WebhookFailure = AttemptFailure
WebhookMessageType = MessageType

__all__ = [
    "ApprovalKind",
    "ApprovalStatus",
    "BillingCycle",
    "CancellationRefund",
    "CardTokenizerKind",
    "ChangeTiming",
    "Combination",
    "CreditDestination",
    "DiscountDuration",
    "DiscountKind",
    "EndReason",
    "EntitlementReason",
    "EventSource",
    "EventType",
    "FeatureKind",
    "FirstPeriod",
    "InvoiceKind",
    "Language",
    "LineKind",
    "OperatorRole",
    "Overage",
    "PaymentMethodKind",
    "PaymentStatus",
    "Permission",
    "Proration",
    "RefundStatus",
    "Reset",
    "ReviewDecision",
    "SubscriptionStatus",
    "TaxIdKind",
    "UserErrorCode",
    "ViewerKind",
    "VoidReason",
    "WebhookDeliveryState",
    "WebhookDisableReason",
    "WebhookFailure",
    "WebhookMessageType",
]
