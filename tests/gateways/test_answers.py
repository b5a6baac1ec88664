"""What an HTTP status means for whoever asked."""

import pytest

from ciclo.gateways.http_errors import error_for_status, retry_after_s
from ciclo.gateways.protocol import Misconfigured, Unavailable


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 504, 599])
def test_these_are_asked_again(status: int) -> None:
    problem = error_for_status(status, {}, of="the provider")

    assert isinstance(problem, Unavailable)
    assert str(problem) == f"the provider answered {status}"


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 405, 413, 422])
def test_these_are_our_own_fault(status: int) -> None:
    assert isinstance(error_for_status(status, {}, of="the provider"), Misconfigured)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ({}, None),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": " 7 "}, 7.0),
        ({"retry-after": "99999999999999999999"}, 3_600.0),
        ({"retry-after": "-1"}, None),
        ({"retry-after": "1.5"}, None),
        ({"retry-after": "٤٢"}, None),
        ({"retry-after": "Sun, 22 Nov 2026 15:00:00 GMT"}, None),
    ],
)
def test_a_wish_to_be_left_alone_is_heard_within_bounds(
    header: dict[str, str], seconds: float | None
) -> None:
    assert retry_after_s(header) == seconds
