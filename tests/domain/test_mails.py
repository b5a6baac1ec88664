"""What customers are mailed: what happens as a table, rules, days and tries."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from ciclo.domain.batch import AppliedEvent
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.events.commands import (
    CancellationRequested,
    ChangeTiming,
    CreditNoteCreated,
    PlanChanged,
    RefundCreated,
)
from ciclo.domain.events.event import Event
from ciclo.domain.events.facts import PaymentAuthorized, PaymentFailed
from ciclo.domain.ids import CreditNoteId, CustomerId, InvoiceId, RefundId, SubscriptionId
from ciclo.domain.lifecycle import apply
from ciclo.domain.mails.days import (
    DayOfInvoice,
    ExpiringCard,
    days_from,
    last_reminded_day,
    reminder_instant,
    reminder_of,
    reminder_of_card,
)
from ciclo.domain.mails.mail import MAIL_PAUSES, TRIES_MAX, MailKind, next_try
from ciclo.domain.mails.news import CONFIRMED_WITHIN, MailDraft, drafts_of, mail_of
from ciclo.domain.mails.rules import MailRule, mail_rules, validate_rule
from ciclo.domain.payment import PixCode
from tests.builders import CARD, PIX, POLICY, Story, event, noon
from tests.domain.plans import BASIC, PLUS, STUDIO

JAN_1, JAN_2, FEB_1 = date(2026, 1, 1), date(2026, 1, 2), date(2026, 2, 1)
ALL = mail_rules(())
ZONE = "America/Sao_Paulo"
NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)


class Writer(Story):
    """A story that keeps the mails that each of its events asks for."""

    def __init__(self, *args: object, **named: object) -> None:
        super().__init__(*args, **named)  # type: ignore[arg-type]
        self.drafts: list[MailDraft] = []

    def tell(self, what: object, *, at: object = None) -> "Writer":
        before = self.account
        happened = what if isinstance(what, Event) else event(what, at=at or JAN_1)  # type: ignore[arg-type]
        super().tell(happened)
        entry = AppliedEvent(
            event=happened,
            before=before,
            decision=apply(before, happened, self.policy),
            credit_before=before.credit,
        )
        assert drafts_of(entry, ALL) == drafts_of(entry, ALL)
        self.drafts += drafts_of(entry, ALL)
        return self

    @property
    def kinds(self) -> list[str]:
        """What was asked for since this was looked at last."""
        kinds = [draft.kind.value for draft in self.drafts]
        self.drafts = []
        return kinds


def begun(**named: object) -> Writer:
    story = Writer(JAN_1, **named)
    story.start()
    return story


def test_a_card_is_charged_without_a_word_and_the_receipt_follows() -> None:
    story = begun(method=CARD)
    assert story.kinds == []
    story.pay(at=JAN_1)
    assert story.kinds == ["PAYMENT_RECEIVED"]


def test_who_was_never_served_is_told_neither_of_a_failure_nor_of_the_end() -> None:
    story = begun(method=CARD)
    story.decline(at=JAN_1)
    story.until(date(2026, 2, 15))
    assert story.kinds == []


def test_a_bank_that_asks_about_a_first_charge_is_told_once_and_not_at_once() -> None:
    story = begun(method=CARD)
    for _ in range(2):
        story.tell(
            PaymentFailed(
                amount=story.payment().amount,
                currency="BRL",
                payment_id=story.payment().id,
                failure_code="authentication_required",
                provider_reference="ch_1",
            ),
            at=JAN_1,
        )
        story.until(JAN_2)
    [first, *others] = story.drafts
    assert {draft.id for draft in others} <= {first.id}
    assert (first.kind, first.about) == (MailKind.PAYMENT_FAILED, story.invoice.id)
    assert mail_of(first, to="ana@example.com", now=NOW).next_at == NOW + CONFIRMED_WITHIN


def test_a_renewal_that_fails_is_told_each_time_and_the_end_too() -> None:
    story = begun(method=CARD)
    story.pay(at=JAN_1)
    story.until(FEB_1)
    story.decline(at=FEB_1)
    story.until(date(2026, 2, 3))
    story.decline(at=date(2026, 2, 3))
    ids = {draft.id for draft in story.drafts if draft.kind is MailKind.PAYMENT_FAILED}
    assert len(ids) == 2
    story.tell(CancellationRequested(immediately=True), at=date(2026, 2, 4))
    assert story.kinds == [
        "PAYMENT_RECEIVED",
        "PAYMENT_FAILED",
        "PAYMENT_FAILED",
        "SUBSCRIPTION_CANCELLED",
    ]


def test_an_invoice_with_a_code_is_told_once_that_is_there() -> None:
    story = begun(method=PIX)
    assert story.kinds == []
    [payment] = story.account.payments.values()
    story.tell(
        PaymentAuthorized(
            payment_id=payment.id,
            provider="sandbox",
            provider_reference="ch_1",
            pix=PixCode(copy_paste="000201"),
            expires_at=noon(JAN_2),
        ),
        at=JAN_1,
    )
    [issued] = story.drafts
    assert (issued.kind, issued.about) == (MailKind.INVOICE_ISSUED, payment.invoice_id)
    mail = mail_of(issued, to="ana@example.com", now=NOW)
    assert (mail.id, mail.next_at, mail.tries) == (issued.id, NOW, 0)


def test_an_invoice_that_nobody_collects_is_told_as_it_is_issued() -> None:
    assert begun(method=None).kinds == ["INVOICE_ISSUED"]


def test_a_change_is_told_with_what_was_and_what_it_billed() -> None:
    story = begun(of=BASIC)
    story.pay(at=JAN_1)
    story.tell(PlanChanged(terms=PLUS), at=JAN_2)
    story.drafts = []
    story.pay(at=JAN_2)
    [changed] = [draft for draft in story.drafts if draft.kind is MailKind.PLAN_CHANGED]
    assert changed.facts["before"] != changed.facts["after"]
    assert changed.facts["invoice_id"] in story.account.invoices


def test_a_change_that_takes_effect_at_once_names_the_invoice_that_it_made() -> None:
    story = begun(of=STUDIO)
    story.pay(at=JAN_1)
    twice = replace(BASIC, quantity=2)
    story.tell(PlanChanged(terms=twice, timing=ChangeTiming.IMMEDIATE), at=JAN_2)
    [changed] = [draft for draft in story.drafts if draft.kind is MailKind.PLAN_CHANGED]
    assert changed.facts["after"] == "Basic \N{MULTIPLICATION SIGN} 2"
    assert changed.facts["invoice_id"] == story.invoice.id


def test_a_correction_is_no_news_of_its_own() -> None:
    story = begun(of=BASIC)
    story.pay(at=JAN_1)
    story.drafts = []
    note = CreditNoteCreated(
        note_id=CreditNoteId("cn_1"), invoice_id=story.invoice.id, amount=500, reason="late"
    )
    assert story.tell(note, at=JAN_2).kinds == []


def test_a_refund_is_told_with_its_own_amount() -> None:
    story = begun(method=CARD)
    story.pay(at=JAN_1)
    [payment] = story.account.payments.values()
    story.drafts = []
    for number in (1, 2):
        refund = RefundCreated(refund_id=RefundId(f"rfn_{number}"), payment_id=payment.id, amount=100)
        story.tell(refund, at=JAN_2)
    assert [draft.facts["amount"] for draft in story.drafts] == ["100", "100"]
    assert len({draft.id for draft in story.drafts}) == 2


def test_the_end_of_a_trial_is_told_ahead() -> None:
    policy = replace(POLICY, trial_ending_days=3, upcoming_invoice_days=(7, 0, 0, 0))
    story = begun(method=CARD, trial_days=7, policy=policy)
    story.until(date(2026, 1, 6))
    assert story.kinds == ["TRIAL_ENDING"]
    story.until(date(2026, 1, 8))
    story.pay(at=date(2026, 1, 8))
    story.until(date(2026, 2, 2))
    assert story.kinds == ["PAYMENT_RECEIVED", "RENEWAL_AHEAD"]


def test_what_a_rule_switches_off_is_not_written() -> None:
    story = Writer(JAN_1, method=None)
    before = story.account
    decision = apply(before, story.created, POLICY)
    entry = AppliedEvent(event=story.created, before=before, decision=decision, credit_before=0)
    off = mail_rules([MailRule(kind=MailKind.INVOICE_ISSUED, enabled=False)])
    assert len(drafts_of(entry, ALL)) == 1
    assert drafts_of(entry, off) == ()


@pytest.mark.parametrize(
    "rule",
    [
        MailRule(kind=MailKind.SIGN_IN),
        MailRule(kind=MailKind.PLAN_CHANGED, days=(1,)),
        MailRule(kind=MailKind.INVOICE_DUE),
        MailRule(kind=MailKind.INVOICE_DUE, days=(1,)),
        MailRule(kind=MailKind.INVOICE_OVERDUE, days=(0,)),
        MailRule(kind=MailKind.CARD_EXPIRING, days=(-30, -10)),
        MailRule(kind=MailKind.INVOICE_OVERDUE, days=(1, 2, 3, 4, 5, 6, 7)),
    ],
)
def test_rules_that_make_no_sense_are_refused(rule: MailRule) -> None:
    with pytest.raises(InvalidValue):
        validate_rule(rule)


def test_days_are_kept_in_order_and_once() -> None:
    given = MailRule(kind=MailKind.INVOICE_DUE, days=(0, -3, 0))
    assert validate_rule(given).days == (-3, 0)
    plain = MailRule(kind=MailKind.PLAN_CHANGED, enabled=False)
    assert validate_rule(plain) == plain


def test_reminders_are_written_from_nine_on_and_overdue_for_one_day_is_the_first_day() -> None:
    assert last_reminded_day(datetime(2026, 1, 5, 11, 59, tzinfo=UTC), ZONE) == date(2026, 1, 4)
    assert last_reminded_day(datetime(2026, 1, 5, 12, 0, tzinfo=UTC), ZONE) == date(2026, 1, 5)
    assert reminder_instant(date(2026, 1, 5), ZONE) == datetime(2026, 1, 5, 12, tzinfo=UTC)
    assert days_from(MailKind.INVOICE_OVERDUE, 1) == timedelta()
    assert days_from(MailKind.INVOICE_DUE, -3) == timedelta(days=-3)
    found = DayOfInvoice(
        invoice_id=InvoiceId("inv_1"), customer_id=CustomerId("cus_1"), issued_at=NOW, day=date(2026, 1, 5)
    )
    early = reminder_of(MailKind.INVOICE_DUE, found, days=-3, timezone=ZONE)
    assert early.at == datetime(2026, 1, 2, 12, tzinfo=UTC)
    assert early.id != reminder_of(MailKind.INVOICE_DUE, found, days=0, timezone=ZONE).id


def test_a_card_is_told_of_once_whichever_subscription_it_pays_for_and_whatever_day_is_asked_for() -> None:
    card = ExpiringCard(
        subscription_id=SubscriptionId("sub_1"),
        customer_id=CustomerId("cus_1"),
        brand="visa",
        last_four="4242",
        expires_on=date(2026, 3, 31),
        identity="fp_1",
    )
    told = reminder_of_card(card, days=-30, timezone=ZONE)
    other = reminder_of_card(replace(card, subscription_id=SubscriptionId("sub_2")), days=-10, timezone=ZONE)

    assert told.at == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert (other.id, other.about) == (told.id, "sub_2")
    assert reminder_of_card(replace(card, identity="fp_2"), days=-30, timezone=ZONE).id != told.id


def test_tries_end_after_almost_three_days() -> None:
    assert next_try(1, now=NOW) == NOW + MAIL_PAUSES[0]
    assert next_try(TRIES_MAX - 1, now=NOW) == NOW + MAIL_PAUSES[-1]
    assert next_try(TRIES_MAX, now=NOW) is None
    assert timedelta(days=2) < sum(MAIL_PAUSES, timedelta()) < timedelta(days=3)
