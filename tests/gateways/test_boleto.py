from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciclo.gateways.codes.boleto import (
    AMOUNT_CENTS_MAX,
    MalformedBoleto,
    Ticket,
    barcode_of,
    encode_barcode,
    encode_line,
    parse_boleto,
)
from ciclo.gateways.codes.itf import itf_svg
from tests.gateways.reading import decoded

TODAY = date(2026, 11, 22)
TICKET = Ticket(bank="999", amount=2999, due_on=date(2026, 12, 15), free="0001000000000000000000001")
CODE = "99993166100000029990001000000000000000000001"
LINE = "99990.00103 00000.000000 00000.000018 3 16610000002999"
# A boleto of the Banco do Brasil that is printed in many manuals: 3737 in May 2007's days, R$ 1.00.
PUBLISHED = "00190.50095 40144.816069 06809.350314 3 37370000000100"


def test_a_ticket_is_written_as_bar_code_and_as_line() -> None:
    assert encode_barcode(TICKET) == CODE
    assert encode_line(CODE) == LINE


@pytest.mark.parametrize("digits", [CODE, LINE, LINE.replace(".", "").replace(" ", "")])
def test_a_ticket_reads_back_from_either(digits: str) -> None:
    assert parse_boleto(digits, near=TODAY) == TICKET


def test_a_published_boleto_is_read() -> None:
    assert parse_boleto(PUBLISHED, near=date(2007, 12, 31)) == Ticket(
        bank="001", amount=100, due_on=date(2007, 12, 31), free="0500940144816060680935031"
    )


@pytest.mark.parametrize(
    ("due_on", "factor"),
    [
        (date(2000, 7, 3), "1000"),
        (date(2012, 4, 27), "5316"),
        (date(2025, 2, 21), "9999"),
        (date(2025, 2, 22), "1000"),
        (date(2026, 12, 15), "1661"),
        (date(2049, 10, 13), "9999"),
        (None, "0000"),
    ],
)
def test_the_factor_of_the_due_date_begins_again_after_9999(due_on: date | None, factor: str) -> None:
    code = encode_barcode(replace(TICKET, due_on=due_on))

    assert code[5:9] == factor
    assert parse_boleto(code, near=due_on or TODAY).due_on == due_on


def test_a_due_date_is_the_one_closest_to_the_reader() -> None:
    code = encode_barcode(replace(TICKET, due_on=date(2025, 2, 22)))

    assert parse_boleto(code, near=date(2000, 1, 1)).due_on == date(2000, 7, 3)
    assert parse_boleto(code, near=date(2026, 1, 1)).due_on == date(2025, 2, 22)


@pytest.mark.parametrize(
    "ticket",
    [
        replace(TICKET, bank="99"),
        replace(TICKET, bank="٩٩٩"),
        replace(TICKET, free="1"),
        replace(TICKET, amount=-1),
        replace(TICKET, amount=AMOUNT_CENTS_MAX + 1),
        replace(TICKET, due_on=date(2000, 7, 2)),
    ],
)
def test_what_does_not_fit_a_boleto_is_refused(ticket: Ticket) -> None:
    with pytest.raises(MalformedBoleto):
        encode_barcode(ticket)


@pytest.mark.parametrize(
    "digits", ["", "1", CODE[:-1], CODE + "0", LINE + "0", "x" * 44, "٩" * 47, LINE.replace(" 3 ", " 4 ")]
)
def test_what_is_no_boleto_is_refused(digits: str) -> None:
    with pytest.raises(MalformedBoleto):
        parse_boleto(digits, near=TODAY)


tickets = st.builds(
    Ticket,
    bank=st.from_regex(r"[0-9]{3}", fullmatch=True),
    amount=st.integers(0, AMOUNT_CENTS_MAX),
    due_on=st.none() | st.dates(TODAY - timedelta(days=4000), TODAY + timedelta(days=4000)),
    free=st.from_regex(r"[0-9]{25}", fullmatch=True),
)


@given(tickets)
def test_every_ticket_reads_back_from_its_line(ticket: Ticket) -> None:
    code = encode_barcode(ticket)

    assert barcode_of(encode_line(code)) == code
    assert parse_boleto(encode_line(code), near=TODAY) == ticket


@given(tickets, st.integers(0, 43), st.integers(1, 9))
def test_one_wrong_digit_of_the_line_is_noticed(ticket: Ticket, place: int, shift: int) -> None:
    typed = encode_line(encode_barcode(ticket)).replace(".", "").replace(" ", "")
    # The general check digit alone has two values that stand for one another; fields have their own.
    place = place % 32
    wrong = typed[:place] + str((int(typed[place]) + shift) % 10) + typed[place + 1 :]

    with pytest.raises(MalformedBoleto):
        barcode_of(wrong)


@pytest.mark.parametrize("code", [CODE, "0" * 44, "0123456789" * 4 + "9876", barcode_of(PUBLISHED)])
def test_a_drawn_bar_code_is_read_by_a_scanner(code: str) -> None:
    assert decoded(itf_svg(code), width_px=850) == [("ITF", code)]


@pytest.mark.parametrize("digits", ["", "123", "12a4", "٤٢", "12" * 41])
def test_what_no_bar_code_can_hold_is_refused(digits: str) -> None:
    with pytest.raises(ValueError, match="even number of digits"):
        itf_svg(digits)
