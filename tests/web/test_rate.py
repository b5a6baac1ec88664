"""Limits of rate: a burst, then an even pace, each caller for themselves."""

import pytest

from ciclo.fair_share import HOLDERS_MAX
from ciclo.settings.settings import Settings
from ciclo.viewer import ANONYMOUS, Viewer, ViewerKind
from ciclo.web.problems import HttpProblem
from ciclo.web.rate_limit import BURST_S, RateLimit

ANA = Viewer(kind=ViewerKind.CUSTOMER, subject="ana", email="ana@example.com")
BRUNO = Viewer(kind=ViewerKind.CUSTOMER, subject="bruno", email="bruno@example.com")
OPERATOR = Viewer(kind=ViewerKind.ADMIN, subject="operator")


def asked(limit: RateLimit, viewer: Viewer, *, times: int, at: float, address: str = "192.0.2.1") -> int:
    """Ask many times at one moment; return how often that was allowed."""
    allowed = 0
    for _ in range(times):
        try:
            limit.require(viewer, address=address, now_s=at)
        except HttpProblem:
            continue
        else:
            allowed += 1
    return allowed


def test_a_burst_is_allowed_and_then_what_time_earns() -> None:
    limit = RateLimit(60)

    assert asked(limit, ANA, times=20, at=0) == BURST_S
    assert asked(limit, ANA, times=20, at=3) == 3
    assert asked(limit, ANA, times=99, at=1_000) == BURST_S


def test_the_refusal_says_when_there_is_room_again() -> None:
    limit = RateLimit(6)
    assert asked(limit, ANA, times=1, at=100) == 1

    with pytest.raises(HttpProblem) as refused:
        limit.require(ANA, address="192.0.2.1", now_s=104)
    limit.require(ANA, address="192.0.2.1", now_s=104 + 6)

    assert (refused.value.status, refused.value.code) == (429, "RATE_LIMITED")
    assert refused.value.response_headers()["retry-after"] == "6"


def test_callers_do_not_use_up_each_others_room_and_operators_have_no_limit() -> None:
    limit = RateLimit(60)

    assert asked(limit, ANA, times=20, at=0) == BURST_S
    assert asked(limit, BRUNO, times=20, at=0) == BURST_S
    assert asked(limit, ANONYMOUS, times=20, at=0) == BURST_S
    assert asked(limit, ANONYMOUS, times=20, at=0, address="192.0.2.2") == BURST_S
    assert asked(limit, OPERATOR, times=20, at=0) == 20


def test_what_costs_more_counts_for_more() -> None:
    limit = RateLimit(60)

    limit.require(ANA, address="192.0.2.1", now_s=0, operations=8)

    assert asked(limit, ANA, times=20, at=0) == 2


def test_only_so_many_callers_are_remembered() -> None:
    limit = RateLimit(6)
    for number in range(HOLDERS_MAX + 1):
        assert asked(limit, ANONYMOUS, times=1, at=0, address=str(number)) == 1

    assert asked(limit, ANONYMOUS, times=1, at=0, address="0") == 1
    assert asked(limit, ANONYMOUS, times=1, at=0, address=str(HOLDERS_MAX)) == 0


def test_the_sandbox_is_not_limited_unless_asked(settings: Settings) -> None:
    assert RateLimit.of(settings) is None
    assert RateLimit.of(settings.model_copy(update={"requests_per_minute": 30})) == RateLimit(30)
