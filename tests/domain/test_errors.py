"""Refusals: every code has one class, its own words and the path of the input at fault."""

from datetime import UTC, date, datetime

import pytest

from ciclo.domain.errors import (
    access,
    coupons,
    customers,
    entitlements,
    general,
    links,
    mails,
    payments,
    subscriptions,
    webhooks,
)
from ciclo.domain.errors.error_code import ErrorCode
from ciclo.domain.errors.general import BillingError

REFUSALS = [
    (links.LinkNotFound(), "LINK_NOT_FOUND", (), "there is no such link"),
    (links.LinkRevoked(), "LINK_REVOKED", (), "this link was revoked"),
    (links.LinkUsedUp(), "LINK_USED_UP", (), "this link was used as often as it may be"),
    (links.LinkExpired(), "LINK_EXPIRED", (), "this link has expired"),
    (access.MemberNotFound(), "MEMBER_NOT_FOUND", ("member_id",), "there is no such member"),
    (access.MemberExists(), "MEMBER_EXISTS", ("email",), "this address is a member's already"),
    (
        access.LastOwner(),
        "LAST_OWNER",
        ("member_id",),
        "this is the last owner; make another one first",
    ),
    (general.InvalidValue("too long", field=("name",)), "INVALID_VALUE", ("name",), "too long"),
    (
        general.MalformedId("sub"),
        "MALFORMED_ID",
        ("subscription_id",),
        "expected an id that starts with sub_",
    ),
    (
        webhooks.WebhookEndpointNotFound(),
        "WEBHOOK_ENDPOINT_NOT_FOUND",
        ("endpoint_id",),
        "there is no such webhook endpoint",
    ),
    (
        webhooks.WebhookEndpointDisabled(),
        "WEBHOOK_ENDPOINT_DISABLED",
        ("endpoint_id",),
        "the webhook endpoint is disabled: enable it first",
    ),
    (
        webhooks.WebhookDeliveryNotFound("dlv_1"),
        "WEBHOOK_DELIVERY_NOT_FOUND",
        ("delivery_ids",),
        "there is no webhook delivery dlv_1",
    ),
    (customers.EmailTaken(), "EMAIL_TAKEN", ("email",), "another customer has this e-mail address"),
    (
        customers.ExternalIdTaken(),
        "EXTERNAL_ID_TAKEN",
        ("external_id",),
        "another customer has this external id",
    ),
    (
        customers.CustomerChanged(),
        "CUSTOMER_CHANGED",
        ("version",),
        "the customer was changed meanwhile: look again at what is there now",
    ),
    (
        customers.CustomerAnonymized(),
        "CUSTOMER_ANONYMIZED",
        ("customer_id",),
        "the customer is anonymized",
    ),
    (
        customers.CustomerMerged("cus_1"),
        "CUSTOMER_MERGED",
        ("customer_id",),
        "the customer was merged into cus_1",
    ),
    (
        customers.CustomerInUse("an open invoice"),
        "CUSTOMER_IN_USE",
        ("customer_id",),
        "the customer still has an open invoice",
    ),
    (
        webhooks.EncryptionNotSetUp(),
        "ENCRYPTION_NOT_SET_UP",
        (),
        "CICLO_ENCRYPTION_KEYS holds no key for webhook secrets",
    ),
    (mails.MailNotSetUp(), "MAIL_NOT_SET_UP", (), "no mail is sent: set CICLO_SMTP_URL"),
    (general.Forbidden("not yours"), "FORBIDDEN", (), "not yours"),
    (
        general.Conflict(),
        "CONFLICT",
        (),
        "the subscription is being changed by someone else; try again",
    ),
    (
        general.IdempotencyKeyReused(),
        "IDEMPOTENCY_KEY_REUSED",
        ("idempotency_key",),
        "this idempotency key was used with a different request",
    ),
    (
        general.ClockMoving(),
        "CLOCK_MOVING",
        (),
        "the clock is being moved by somebody else; try again",
    ),
    (
        general.SandboxOnly("the clock"),
        "SANDBOX_ONLY",
        (),
        "the clock works in sandbox mode only",
    ),
    (general.DateInPast("before today"), "DATE_IN_PAST", (), "before today"),
    (general.LimitExceeded("100 at most"), "LIMIT_EXCEEDED", (), "100 at most"),
    (
        general.DeadLetterNotFound("evt_1"),
        "DEAD_LETTER_NOT_FOUND",
        ("ids",),
        "there is no dead letter evt_1",
    ),
    (general.ApiKeyNotFound(), "API_KEY_NOT_FOUND", ("key_id",), "there is no such API key"),
    (
        general.ApprovalRequired("apr_1"),
        "APPROVAL_REQUIRED",
        (),
        "this needs the approval of a second person: apr_1",
    ),
    (general.ApprovalNotFound(), "APPROVAL_NOT_FOUND", ("approval_id",), "there is no such approval"),
    (general.ApprovalClosed(), "APPROVAL_CLOSED", ("approval_id",), "the approval does not wait any more"),
    (general.SamePerson(), "SAME_PERSON", ("approval_id",), "another person has to decide this"),
    (
        general.UnknownCurrency(),
        "UNKNOWN_CURRENCY",
        ("currency",),
        "the currency must be an ISO 4217 code such as BRL",
    ),
    (
        general.TooManyDecimals("JPY", 0),
        "TOO_MANY_DECIMALS",
        ("amount",),
        "an amount in JPY has at most 0 decimals",
    ),
    (general.AmountOutOfRange(), "AMOUNT_OUT_OF_RANGE", ("amount",), "the amount is out of range"),
    (
        general.CurrencyMismatch(expected="BRL", given="USD"),
        "CURRENCY_MISMATCH",
        (),
        "expected an amount in BRL, got USD",
    ),
    (
        payments.PayerIncomplete("BOLETO", ("name", "tax_id", "address")),
        "PAYER_INCOMPLETE",
        ("payment_method", "payer_name"),
        "BOLETO needs the payer's name, tax id, address",
    ),
    (coupons.CouponNotFound(), "COUPON_NOT_FOUND", ("coupon_code",), "there is no such code"),
    (coupons.CouponExpired(), "COUPON_EXPIRED", ("coupon_code",), "the code can't be used today"),
    (
        coupons.CouponExhausted(),
        "COUPON_EXHAUSTED",
        ("coupon_code",),
        "the code has been used as often as it may be",
    ),
    (
        coupons.CouponNotApplicable("it is for other plans"),
        "COUPON_NOT_APPLICABLE",
        ("coupon_code",),
        "the code does not apply: it is for other plans",
    ),
    (
        coupons.CouponAlreadyApplied(),
        "COUPON_ALREADY_APPLIED",
        ("coupon_code",),
        "the subscription has this discount already",
    ),
    (
        coupons.TooManyDiscounts(3),
        "TOO_MANY_DISCOUNTS",
        ("coupon_code",),
        "a subscription has at most 3 discounts at a time",
    ),
    (
        coupons.DiscountNotFound(),
        "DISCOUNT_NOT_FOUND",
        ("discount_id",),
        "the subscription has no such discount",
    ),
    (
        coupons.InvoiceItemNotFound(),
        "INVOICE_ITEM_NOT_FOUND",
        ("item_id",),
        "no such item waits for an invoice",
    ),
    (coupons.CouponCodeTaken(), "COUPON_CODE_TAKEN", ("code",), "another coupon has this code"),
    (
        coupons.TooManyWrongCodes(7),
        "TOO_MANY_WRONG_CODES",
        ("coupon_code",),
        "too many wrong codes: try again in 7 seconds",
    ),
    (subscriptions.PlanNotFound(), "PLAN_NOT_FOUND", ("plan_id",), "there is no such plan"),
    (subscriptions.PlanArchived("plan_1"), "PLAN_ARCHIVED", ("plan_id",), "plan plan_1 is archived"),
    (
        subscriptions.PlanForOthers("ALUNO"),
        "PLAN_FOR_OTHERS",
        ("plan_id",),
        "this plan is for users of type ALUNO",
    ),
    (
        subscriptions.SamePlan(),
        "SAME_PLAN",
        ("plan_id",),
        "the subscription is on this plan, version and quantity already",
    ),
    (
        subscriptions.SameBillingDay(),
        "SAME_BILLING_DAY",
        ("billing_day",),
        "the subscription's periods begin on this day already, or are about to",
    ),
    (
        subscriptions.SubscriptionNotFound(),
        "SUBSCRIPTION_NOT_FOUND",
        ("subscription_id",),
        "there is no such subscription",
    ),
    (
        subscriptions.AlreadySubscribed(),
        "ALREADY_SUBSCRIBED",
        ("plan_id",),
        "the customer has this plan already, or has scheduled a change to it",
    ),
    (
        subscriptions.AlreadyCancelled("sub_1"),
        "ALREADY_CANCELLED",
        ("subscription_id",),
        "subscription sub_1 is already cancelled",
    ),
    (
        subscriptions.CancellationScheduled(),
        "CANCELLATION_SCHEDULED",
        ("subscription_id",),
        "the subscription is set to end with its period; uncancel it first",
    ),
    (subscriptions.NotCancelling(), "NOT_CANCELLING", ("subscription_id",), "no cancellation is scheduled"),
    (
        subscriptions.AlreadyPaused(),
        "ALREADY_PAUSED",
        ("subscription_id",),
        "the subscription is paused already",
    ),
    (
        subscriptions.NotInTrial(),
        "NOT_IN_TRIAL",
        ("subscription_id",),
        "the subscription is not in its trial",
    ),
    (
        subscriptions.WithdrawalClosed(date(2027, 1, 8)),
        "WITHDRAWAL_CLOSED",
        ("subscription_id",),
        "the last day to withdraw was 2027-01-08; cancel instead",
    ),
    (
        payments.TooManyDeclines(datetime(2027, 4, 1, 13, tzinfo=UTC)),
        "TOO_MANY_DECLINES",
        ("payment_method",),
        "too many cards were declined; try again at 2027-04-01T13:00:00Z",
    ),
    (
        subscriptions.TrialUsed(),
        "TRIAL_USED",
        ("payment_method",),
        "this card had its trial: it pays from the first day on",
    ),
    (
        subscriptions.TrialEndTooEarly(date(2027, 1, 8)),
        "TRIAL_END_TOO_EARLY",
        ("until",),
        "the trial ends on 2027-01-08: it can be extended to a later day only",
    ),
    (subscriptions.NotPaused(), "NOT_PAUSED", ("subscription_id",), "the subscription is not paused"),
    (
        subscriptions.SubscriptionNotActive("PENDING"),
        "SUBSCRIPTION_NOT_ACTIVE",
        ("subscription_id",),
        "a subscription that is PENDING does not allow this",
    ),
    (
        subscriptions.OverdueWorkFailed(),
        "OVERDUE_WORK_FAILED",
        ("subscription_id",),
        "what is due of this subscription can't be done; an operator has to look at it first",
    ),
    (payments.InvoiceNotFound(), "INVOICE_NOT_FOUND", ("invoice_id",), "there is no such invoice"),
    (payments.InvoiceNotOpen("PAID"), "INVOICE_NOT_OPEN", ("invoice_id",), "the invoice is PAID"),
    (
        payments.InvoicePartlyPaid(),
        "INVOICE_PARTLY_PAID",
        ("invoice_id",),
        "an invoice that was paid or credited in part can't be voided",
    ),
    (
        payments.InvoiceUnpaid(),
        "INVOICE_UNPAID",
        ("subscription_id",),
        "the current period's invoice is not paid yet",
    ),
    (
        payments.CreditExceedsInvoice(),
        "CREDIT_EXCEEDS_INVOICE",
        ("amount",),
        "the credit is more than what is left of the invoice",
    ),
    (
        payments.CreditNoteNotFound(),
        "CREDIT_NOTE_NOT_FOUND",
        ("credit_note_id",),
        "there is no such credit note",
    ),
    (payments.PaymentNotFound(), "PAYMENT_NOT_FOUND", ("payment_id",), "there is no such payment"),
    (
        payments.PaymentInProgress(),
        "PAYMENT_IN_PROGRESS",
        ("invoice_id",),
        "a payment of this invoice is in progress",
    ),
    (
        payments.PayoutExceedsBalance(),
        "PAYOUT_EXCEEDS_BALANCE",
        ("amount",),
        "the payout is more than what is on the balance",
    ),
    (
        payments.PayoutExceedsPayments(),
        "PAYOUT_EXCEEDS_PAYMENTS",
        ("amount",),
        "the payout is more than what the customer's payments can send back",
    ),
    (
        payments.CustomerNotFound(),
        "CUSTOMER_NOT_FOUND",
        ("customer_id",),
        "there is no such customer",
    ),
    (
        payments.InvoiceWantsMoney(),
        "INVOICE_WANTS_MONEY",
        ("subscription_id",),
        "there is no invoice of it that needs no money: apply the money to the open one",
    ),
    (payments.ReviewNotFound(), "REVIEW_NOT_FOUND", ("event_id",), "there is no review of such an event"),
    (payments.ReviewClosed("CLOSE"), "REVIEW_CLOSED", ("event_id",), "the review is closed already: CLOSE"),
    (
        payments.ReviewDecisionRefused("CLOSE"),
        "REVIEW_DECISION_REFUSED",
        ("decision",),
        "of this review can be decided: CLOSE",
    ),
    (
        payments.PaymentContested(),
        "PAYMENT_DISPUTED",
        ("payment_id",),
        "the payer's bank contests the payment: its money can't be refunded too",
    ),
    (
        payments.PaymentNotRefundable("FAILED"),
        "PAYMENT_NOT_REFUNDABLE",
        ("payment_id",),
        "a payment that is FAILED can't be refunded",
    ),
    (
        payments.RefundExceedsPayment(),
        "REFUND_EXCEEDS_PAYMENT",
        ("amount",),
        "the refund is more than what is left of the payment",
    ),
    (
        payments.PartialRefundNotSupported(),
        "PARTIAL_REFUND_NOT_SUPPORTED",
        ("amount",),
        "payments by this method can be refunded in full only",
    ),
    (
        payments.NoPaymentMethod(),
        "NO_PAYMENT_METHOD",
        ("payment_method",),
        "the subscription has no payment method",
    ),
    (
        payments.MethodNotSupported("PIX", "USD"),
        "METHOD_NOT_SUPPORTED",
        ("payment_method",),
        "PIX is not available in USD",
    ),
    (
        payments.CardAuthenticationRequired("seti_1_secret_2"),
        "CARD_AUTHENTICATION_REQUIRED",
        (),
        "let the provider's script ask, by clientSecret, and send the token that it returns",
    ),
    (payments.CardInvalid("bad number"), "CARD_INVALID", ("payment_method", "card"), "bad number"),
    (
        payments.CardDeclined("lost_card"),
        "CARD_DECLINED",
        ("payment_method",),
        "the card was declined: lost_card",
    ),
    (
        payments.CardIntakeDisabled(),
        "CARD_INTAKE_DISABLED",
        ("payment_method", "card"),
        "send a cardToken from the payment provider, never a card number",
    ),
    (
        payments.ProviderNotSetUp("stripe"),
        "PROVIDER_NOT_SET_UP",
        ("payment_id",),
        "the payment was collected by stripe, which is not set up any more",
    ),
    (
        payments.ProviderUnavailable(),
        "PROVIDER_UNAVAILABLE",
        ("payment_method",),
        "the payment provider did not answer; try again",
    ),
    (
        subscriptions.ProductNotFound(),
        "PRODUCT_NOT_FOUND",
        ("product_id",),
        "there is no such product",
    ),
    (
        subscriptions.PriceExists(),
        "PRICE_EXISTS",
        ("billing_cycle",),
        "the product has a price for this cycle and currency",
    ),
    (
        entitlements.FeatureNotFound(),
        "FEATURE_NOT_FOUND",
        ("feature",),
        "no plan has such a feature or limit",
    ),
    (
        entitlements.FeatureArchived("logo"),
        "FEATURE_ARCHIVED",
        ("feature",),
        "the feature 'logo' is archived",
    ),
    (
        entitlements.OverrideNotFound(),
        "OVERRIDE_NOT_FOUND",
        ("feature",),
        "nothing overrides what their plans give of this feature",
    ),
    (
        entitlements.ReleaseExceedsUsage(3),
        "RELEASE_EXCEEDS_USAGE",
        ("quantity",),
        "only 3 are in use",
    ),
    (
        entitlements.ReservationNotFound(),
        "RESERVATION_NOT_FOUND",
        ("reservation_id",),
        "there is no such reservation, or not any more",
    ),
]


@pytest.mark.parametrize(
    ("refusal", "code", "field", "text"), REFUSALS, ids=[code for _, code, _, _ in REFUSALS]
)
def test_a_refusal_has_a_code_a_field_and_words(
    refusal: BillingError, code: str, field: tuple[str, ...], text: str
) -> None:
    assert (refusal.code, refusal.field, str(refusal)) == (ErrorCode(code), field, text)


def test_every_code_belongs_to_one_refusal() -> None:
    assert sorted(code for _, code, _, _ in REFUSALS) == sorted(ErrorCode)
    assert {type(refusal) for refusal, *_ in REFUSALS} == set(BillingError.__subclasses__())


def test_an_id_that_no_input_has_names_no_input() -> None:
    assert general.MalformedId("crn").field == ()


def test_a_refusal_can_be_told_which_input_it_is_about() -> None:
    refusal = general.AmountOutOfRange()

    assert refusal.at("price", "amount") is refusal
    assert refusal.field == ("price", "amount")
    assert general.AmountOutOfRange().field == ("amount",)
