"""Bug reports of other billing systems as data: what was done, and what is right."""

from typing import Final

from tests.journeys.bug_player import (
    Case,
    advance,
    any_day,
    compare,
    expect,
    expect_no_new_review,
    expect_total,
    go_to,
    month_day,
    mutate,
    no,
    note_reviews,
    notice,
    plan,
    stripe_notice,
    subscribe,
    weekday,
    yes,
)

VISA: Final = {"cardToken": "tok_visa"}
DECLINED: Final = {"cardToken": "tok_charge_declined"}
FAILS_ONCE: Final = {"cardToken": "tok_fails_1"}
BOLETO: Final = {"boleto": {"taxId": "529.982.247-25", "payerName": "Fulano de Tal"}}
NOT_REFUNDABLE: Final = ("PAYMENT_NOT_REFUNDABLE", "PAYMENT_DISPUTED", "PAYMENT_IN_PROGRESS")
TUESDAY, SUNDAY, MONDAY = weekday(1), weekday(6), weekday(0)


CASES: Final = [
    Case(
        name="B01",
        title="A customer cancels at once with an open invoice and then pays it by another card",
        source="Subscribie/subscribie#838; MuckRock/squarelet#724",
        steps=[
            plan("p", "30.00"),
            subscribe("s", "p", VISA),
            mutate("updatePaymentMethod", subscriptionId="$s", paymentMethod=DECLINED),
            advance("P1M"),
            expect("s.status", "PAST_DUE"),
            mutate("cancelSubscription", subscriptionId="$s", cancelImmediately=True),
            mutate("payInvoice", invoiceId="$s.last_invoice", paymentMethod=VISA),
            expect("s.invoices.-1.status", "PAID"),
            expect("s.status", "CANCELLED"),
        ],
    ),
    Case(
        name="B02",
        title="An operator refunds a card payment while its dispute is open",
        source="juspay/hyperswitch#10533",
        steps=[
            plan("p", "30.00"),
            subscribe("s", "p", VISA),
            stripe_notice("charge.dispute.created", reference="$s.reference", status="needs_response"),
            expect("s.invoices.0.payments.0.disputed", yes),
            mutate("refundPayment", refused=NOT_REFUNDABLE, paymentId="$s.last_payment"),
            expect("s.invoices.0.payments.0.refunds", []),
        ],
    ),
    Case(
        name="B03",
        title="The notice of a dispute's end arrives before that of its beginning",
        source="stripe/stripe-cli#418; laravel/cashier-stripe#1201",
        steps=[
            plan("p", "30.00"),
            subscribe("s", "p", VISA),
            stripe_notice("charge.dispute.closed", reference="$s.reference", status="won"),
            stripe_notice(
                "charge.dispute.created", reference="$s.reference", status="needs_response", seconds_ago=50
            ),
            expect("s.invoices.0.payments.0.disputed", no),
        ],
    ),
    Case(
        name="B04",
        title="A refund was reported as succeeded and then as failed",
        source="polarsource/polar#5422; woocommerce/woocommerce-gateway-stripe#4405",
        steps=[
            plan("p", "30.00"),
            subscribe("s", "p", VISA),
            stripe_notice("refund.created", reference="$s.reference", status="succeeded", seconds_ago=50),
            expect("s.invoices.0.payments.0.refundedAmount.amount", "30.00"),
            stripe_notice("refund.failed", reference="$s.reference", status="failed"),
            expect("s.invoices.0.payments.0.refundedAmount.amount", "0.00"),
            expect("s.invoices.0.payments.0.status", "COMPLETED"),
            mutate("refundPayment", paymentId="$s.last_payment"),
        ],
    ),
    Case(
        name="B05",
        title="A boleto of 30.00 is paid two days late with fee and interest: 30.61",
        source="BoletoNet/boleto2net#151; killbill/killbill#2051; InvoiceShelf/InvoiceShelf#299",
        steps=[
            plan("p", "30.00"),
            subscribe("s", "p", BOLETO),
            notice("payment_success", "30.00", "$s.last_payment"),
            advance("P1M"),
            notice("payment_success", "30.61", "$s.last_payment"),
            expect("s.invoices.-1.status", "PAID"),
            advance("P25D"),
            expect("s.status", "ACTIVE"),
        ],
    ),
    Case(
        name="B06",
        title="A boleto is due on a Saturday, is paid on Monday, and the report comes on Tuesday",
        source="pagseguro/payment-magento#78; pagarme/pagarme-magento#368",
        steps=[
            plan("p", "89.90", trial=1),
            go_to(TUESDAY, 12),
            subscribe("s", "p", BOLETO),
            advance("P1D"),
            expect("s.invoices.0.payments.0.status", "PENDING"),
            go_to(SUNDAY, 10),
            expect("s.status", "PENDING"),
            expect("s.invoices.0.payments.0.status", "PENDING"),
            go_to(MONDAY, 18),
            expect("s.status", "PENDING"),
            expect("s.invoices.0.payments.0.status", "PENDING"),
            go_to(TUESDAY, 9),
            notice("payment_success", "89.90", "$s.last_payment"),
            expect("s.invoices.0.status", "PAID"),
            expect("s.status", "ACTIVE"),
        ],
    ),
    Case(
        name="B07",
        title="The day after an invoice was issued with a boleto that is due in three days",
        source="NangoHQ/nango#7168; bcgov/entity#22625; iugu/iugu-woocommerce#12",
        steps=[
            plan("p", "30.00"),
            go_to(MONDAY, 12),
            subscribe("s", "p", BOLETO),
            advance("P1D"),
            expect("s.invoices.0.status", "PENDING"),
            compare(
                "s.invoices.0.dueDate", "s.invoices.0.payments.0.boleto.dueDate", lambda one, two: one == two
            ),
        ],
    ),
    Case(
        name="B08",
        title="The first charge of a new subscription is declined",
        source="unkeyed/unkey#5990; shopware/shopware#12324; getlago/lago-front#3575",
        steps=[
            plan("p", "50.00", currency="DKK"),
            subscribe("s", "p", DECLINED),
            expect("s.status", lambda status: status not in {"ACTIVE", "PAST_DUE"}),
            expect("s.mrr.amount", "0.00"),
            expect_total("DKK", "newSubscribers", 0),
            expect_total("DKK", "movements.new.amount", "0.00"),
        ],
    ),
    Case(
        name="B09",
        title="A trial without a payment method ends; nobody ever pays",
        source="polarsource/polar#10724",
        steps=[
            plan("p", "99.00", currency="NOK", trial=7),
            subscribe("s", "p"),
            advance("P8D"),
            expect_total("NOK", "trialsConverted", 0),
            expect_total("NOK", "mrr.amount", "0.00"),
            advance("P25D"),
            expect("s.status", "CANCELLED"),
            expect_total("NOK", "churnedSubscribers", 0),
        ],
    ),
    Case(
        name="B10",
        title="A subscriber whose renewal was declined cancels; two days later the retry would succeed",
        source="Bike4Mind/bike4mind#2779; yusufipk/OpenFrame#77; askthecode/documentation#20",
        steps=[
            plan("p", "30.00"),
            subscribe("s", "p", VISA),
            mutate("updatePaymentMethod", subscriptionId="$s", paymentMethod=FAILS_ONCE),
            advance("P1M"),
            expect("s.status", "PAST_DUE"),
            mutate("cancelSubscription", subscriptionId="$s"),
            advance("P3D"),
            expect("s.invoices.-1.status", lambda status: status != "PAID"),
            expect("s.invoices.-1.payments.-1.attempts", 1),
        ],
    ),
    Case(
        name="B11",
        title="An operator subscribes o'connor@example.com",
        source="RFC 5322, 3.2.3; lightdash/lightdash#20874; mozilla/fxa-content-server#6718",
        steps=[
            plan("p", "0.00"),
            subscribe("s", "p", email="O'Connor@Example.com"),
            expect("s.customer.email", "o'connor@example.com"),
        ],
    ),
    Case(
        name="B12",
        title="The seller's Stripe account also serves a shop: a payment there succeeds, another fails",
        source="getlago/lago-api#845; 3scale/porta#3086; invertase/stripe-firebase-extensions#109",
        steps=[
            note_reviews,
            stripe_notice("payment_intent.succeeded", reference="pi_other_app", status="succeeded"),
            stripe_notice(
                "payment_intent.payment_failed", reference="pi_other_2", status="requires_payment_method"
            ),
            expect_no_new_review,
        ],
    ),
    Case(
        name="B13",
        title="In the afternoon a customer in trial changes to a plan without a trial",
        source="laravel/cashier-stripe#466, #427",
        steps=[
            plan("p", "30.00", trial=7),
            plan("q", "20.00"),
            go_to(any_day, 15),
            subscribe("s", "p", VISA),
            mutate("changePlan", subscriptionId="$s", planId="$q"),
            advance("P0D"),
            expect("s.status", "ACTIVE"),
            compare("s.invoices.0.issuedAt", "s.createdAt", lambda issued, created: issued >= created),
            compare("s.invoices.0.paidAt", "s.createdAt", lambda paid, created: paid >= created),
        ],
    ),
    Case(
        name="B14",
        title="Monthly from 31 January",
        source="polarsource/polar#10664",
        steps=[
            go_to(month_day(1, 31), 12),
            plan("p", "31.00"),
            subscribe("s", "p", VISA),
            go_to(month_day(6, 1), 12),
            expect("s.invoices.2.period.start", lambda day: "-03-31" in day),
            expect("s.invoices.3.period.start", lambda day: "-04-30" in day),
            expect("s.invoices.4.period.start", lambda day: "-05-31" in day),
            mutate("cancelSubscription", subscriptionId="$s", cancelImmediately=True),
        ],
    ),
    Case(
        name="B15",
        title="A cancellation is scheduled, then the customer upgrades",
        source="langfuse/langfuse#9076",
        steps=[
            plan("p", "30.00"),
            plan("q", "90.00"),
            subscribe("s", "p", VISA),
            mutate("cancelSubscription", subscriptionId="$s"),
            mutate("changePlan", subscriptionId="$s", planId="$q"),
            expect("s.cancelAtPeriodEnd", no),
        ],
    ),
    Case(
        name="B16",
        title="Trial, cancel, subscribe again with the address in capitals",
        source="better-auth/better-auth#4539; invertase/stripe-firebase-extensions#52",
        steps=[
            plan("p", "30.00", trial=7),
            subscribe("s", "p", VISA, email="Again.B16@Example.com"),
            expect("s.status", "TRIALING"),
            mutate("cancelSubscription", subscriptionId="$s", cancelImmediately=True),
            subscribe("t", "p", VISA, email="again.b16@example.COM"),
            expect("t.status", "ACTIVE"),
        ],
    ),
    Case(
        name="B17",
        title="Paused on its first day, resumed later",
        source="sagemathinc/cocalc#7141",
        steps=[
            plan("p", "31.00"),
            go_to(month_day(1, 20), 12),
            subscribe("s", "p", VISA),
            mutate("pauseSubscription", subscriptionId="$s"),
            go_to(month_day(2, 25), 10),
            mutate("resumeSubscription", subscriptionId="$s"),
            # 02-25 to 03-20 are 23 of the 28 days from 02-20, in a leap year 24 of 29: 31.00 x 23/28 = 25.46,
            # 31.00 x 24/29 = 25.66.
            expect("s.invoices.-1.subtotal.amount", lambda amount: amount in {"25.46", "25.66"}),
            mutate("cancelSubscription", subscriptionId="$s", cancelImmediately=True),
        ],
    ),
]
