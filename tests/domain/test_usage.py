"""Use of a feature: consumed while there is some left, released, set, and reserved for a while."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ciclo.domain.entitlements.feature import Feature
from ciclo.domain.entitlements.provision import EntitlementReason, Provision
from ciclo.domain.entitlements.usage import (
    QUANTITY_USED_MAX,
    RESERVATIONS_MAX,
    CancelReservation,
    CommitReservation,
    Consume,
    Release,
    Reservation,
    ReservationId,
    Reserve,
    SetUsage,
    Usage,
    UsageChange,
    change_usage,
)
from ciclo.domain.errors.general import BillingError

NOW = datetime(2027, 3, 10, 15, tzinfo=UTC)
STUDENTS = Feature(key="alunos")
THIRTY = Provision(feature=STUDENTS, limit=30, reason=EntitlementReason.NONE)
NO_LIMIT = Provision(feature=STUDENTS, limit=None, reason=EntitlementReason.NONE)
OVER = Provision(feature=STUDENTS, limit=0, reason=EntitlementReason.NO_SUBSCRIPTION)


def a_reservation(quantity: int, name: str = "rsv_1", *, ends_in_s: int = 60) -> Reservation:
    return Reservation(
        id=ReservationId(name), quantity=quantity, expires_at=NOW + timedelta(seconds=ends_in_s)
    )


HELD = Usage(used=10, reservations=(a_reservation(5),), version=4)


@pytest.mark.parametrize(
    ("usage", "change", "allowed", "used", "reserved"),
    [
        (Usage(used=29), Consume(quantity=1), True, 30, 0),
        (Usage(used=29), Consume(quantity=2), False, 29, 0),
        # 10 + 5 reserved + 15 = 30.
        (HELD, Consume(quantity=15), True, 25, 5),
        (HELD, Consume(quantity=16), False, 10, 5),
        (HELD, Release(quantity=10), True, 0, 5),
        (HELD, SetUsage(used=99), True, 99, 5),
        (HELD, Reserve(reservation=a_reservation(15, "rsv_2")), True, 10, 20),
        (HELD, Reserve(reservation=a_reservation(16, "rsv_2")), False, 10, 5),
        (HELD, CommitReservation(reservation_id=ReservationId("rsv_1")), True, 15, 0),
        (HELD, CommitReservation(reservation_id=ReservationId("rsv_1"), used=2), True, 12, 0),
        (HELD, CommitReservation(reservation_id=ReservationId("rsv_1"), used=0), True, 10, 0),
        (HELD, CancelReservation(reservation_id=ReservationId("rsv_1")), True, 10, 0),
        # What ran out holds nothing back.
        (Usage(used=10, reservations=(a_reservation(20, ends_in_s=0),)), Consume(quantity=20), True, 30, 0),
    ],
)
def test_a_change_of_what_is_used(
    usage: Usage, change: UsageChange, *, allowed: bool, used: int, reserved: int
) -> None:
    after, found = change_usage(THIRTY, usage, change, now=NOW)
    assert (found.allowed, found.used, found.reserved) == (allowed, used, reserved)
    assert (after.used, after.reserved(NOW), after.version) == (used, reserved, usage.version + allowed)


@pytest.mark.parametrize(
    ("provision", "change", "code"),
    [
        (THIRTY, Consume(quantity=0), "INVALID_VALUE"),
        (THIRTY, Reserve(reservation=a_reservation(-1)), "INVALID_VALUE"),
        (THIRTY, Release(quantity=0), "INVALID_VALUE"),
        (THIRTY, Release(quantity=11), "RELEASE_EXCEEDS_USAGE"),
        (THIRTY, SetUsage(used=-1), "INVALID_VALUE"),
        (OVER, SetUsage(used=1), "SUBSCRIPTION_NOT_ACTIVE"),
        (OVER, Release(quantity=1), "SUBSCRIPTION_NOT_ACTIVE"),
        (NO_LIMIT, Consume(quantity=QUANTITY_USED_MAX), "LIMIT_EXCEEDED"),
        (THIRTY, CommitReservation(reservation_id=ReservationId("rsv_1"), used=6), "INVALID_VALUE"),
        (THIRTY, CommitReservation(reservation_id=ReservationId("rsv_2")), "RESERVATION_NOT_FOUND"),
        (THIRTY, CancelReservation(reservation_id=ReservationId("rsv_2")), "RESERVATION_NOT_FOUND"),
    ],
)
def test_what_makes_no_sense_is_refused(provision: Provision, change: UsageChange, code: str) -> None:
    with pytest.raises(BillingError) as refused:
        change_usage(provision, HELD, change, now=NOW)
    assert refused.value.code == code


def test_so_many_reservations_are_open_at_a_time_and_no_more() -> None:
    full = Usage(reservations=tuple(a_reservation(1, f"rsv_{n}") for n in range(RESERVATIONS_MAX)))
    with pytest.raises(BillingError) as refused:
        change_usage(NO_LIMIT, full, Reserve(reservation=a_reservation(1, "rsv")), now=NOW)
    assert refused.value.code == "LIMIT_EXCEEDED"


CHANGES = st.one_of(
    st.integers(1, 12).map(lambda n: Consume(quantity=n)),
    st.integers(1, 12).map(lambda n: Release(quantity=n)),
    st.builds(
        lambda n, name: Reserve(reservation=a_reservation(n, f"rsv_{name}")),
        st.integers(1, 12),
        st.integers(0, 5),
    ),
    st.integers(0, 5).map(lambda name: CommitReservation(reservation_id=ReservationId(f"rsv_{name}"))),
    st.integers(0, 5).map(lambda name: CancelReservation(reservation_id=ReservationId(f"rsv_{name}"))),
)


@given(st.lists(CHANGES, max_size=40))
def test_whatever_is_asked_no_more_than_the_limit_is_ever_used_or_held(changes: list[UsageChange]) -> None:
    usage = Usage()
    for change in changes:
        try:
            after, _ = change_usage(THIRTY, usage, change, now=NOW)
        except BillingError:
            continue
        usage = after
        assert 0 <= usage.used + usage.reserved(NOW) <= 30
