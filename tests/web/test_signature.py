"""Standard Webhooks signatures: what verifies, and that nothing else does or fails in another way."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from ciclo.web.webhooks.signature import SignatureRejected, SignatureVerifier, WeakSecret, sign

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
OLD_SECRET = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
BODY = '{"event": "payment_success", "name": "José"}'.encode()
VERIFIER = SignatureVerifier.of([SECRET, OLD_SECRET], tolerance_s=300)


def signed(body: bytes = BODY, *, secret: str = SECRET, at: datetime = NOW) -> dict[str, str]:
    return sign(body, webhook_id="msg_1", secret=secret, at=at)


def verify(headers: Mapping[str, str], body: bytes = BODY) -> str:
    return VERIFIER.verify(body, Headers(headers).raw, now=NOW)


def test_the_example_of_the_standard_verifies() -> None:
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    verifier = SignatureVerifier.of([SECRET], tolerance_s=300)

    sent_at = datetime.fromtimestamp(1614265330, UTC)
    fields = Headers(headers).raw
    assert verifier.verify(b'{"test": 2432232314}', fields, now=sent_at) == headers["webhook-id"]


@pytest.mark.parametrize("secret", [SECRET, OLD_SECRET])
def test_each_secret_of_a_rotation_verifies(secret: str) -> None:
    assert verify(signed(secret=secret)) == "msg_1"


@pytest.mark.parametrize("seconds", [-300, -1, 0, 1, 300])
def test_clocks_may_differ_by_the_tolerance(seconds: int) -> None:
    assert verify(signed(at=NOW + timedelta(seconds=seconds))) == "msg_1"


@pytest.mark.parametrize("seconds", [-86_400, -301, 301, 86_400])
def test_a_notice_from_outside_the_tolerance_is_rejected(seconds: int) -> None:
    with pytest.raises(SignatureRejected):
        verify(signed(at=NOW + timedelta(seconds=seconds)))


def test_a_signature_among_others_verifies() -> None:
    headers = signed()
    headers["webhook-signature"] = f"v1,b3RoZXI= v1a,{'A' * 88} {headers['webhook-signature']} v2,x"

    assert verify(headers) == "msg_1"


def test_changed_bytes_are_rejected() -> None:
    with pytest.raises(SignatureRejected):
        verify(signed(), BODY.replace(b"success", b"succesS"))


def test_another_secret_is_rejected() -> None:
    with pytest.raises(SignatureRejected):
        verify(signed(secret="whsec_" + "A" * 32))


def test_no_secret_at_all_verifies_nothing() -> None:
    with pytest.raises(SignatureRejected):
        SignatureVerifier.of([], tolerance_s=300).verify(BODY, Headers(signed()).raw, now=NOW)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("webhook-id", value) for value in ["", "a" * 257, "msg 1", "msg_é", "msg\t1"]],
        *[
            ("webhook-timestamp", value)
            for value in [
                "",
                "0",
                "-5",
                "1_768",
                " 1768046400 ",
                "1768046400.0",
                "1e9",
                "01768046400",
                "٣",
                "9" * 12,
            ]
        ],
        *[
            ("webhook-signature", value)
            for value in [
                "",
                "v1",
                "v1,",
                "v1,a,b",
                "v1,é",
                "v1,===",
                "V1,YQ==",
                "v1,YQ==  v1,YQ==",
                "v1a,YQ==",
            ]
        ],
        ("webhook-signature", " ".join(["v1,YQ=="] * 9)),
    ],
)
def test_headers_of_any_other_shape_are_rejected(name: str, value: str) -> None:
    headers = [(key, text) for key, text in signed().items() if key != name]
    raw = [(key.encode(), text.encode("utf-8")) for key, text in [*headers, (name, value)]]

    with pytest.raises(SignatureRejected):
        VERIFIER.verify(BODY, raw, now=NOW)


@pytest.mark.parametrize("name", ["webhook-id", "webhook-timestamp", "webhook-signature"])
def test_a_header_that_is_missing_or_there_twice_is_rejected(name: str) -> None:
    whole = [(key.encode(), text.encode()) for key, text in signed().items()]
    named = [pair for pair in whole if pair[0] == name.encode()]

    for raw in ([pair for pair in whole if pair not in named], whole + named):
        with pytest.raises(SignatureRejected):
            VERIFIER.verify(BODY, raw, now=NOW)


@pytest.mark.parametrize(
    "body", [b"\xff", b"", b"[" * 100_000, b"9" * 5_000, b"not json"], ids=lambda b: repr(b)[:9]
)
def test_unsigned_bodies_of_any_kind_are_rejected(body: bytes) -> None:
    with pytest.raises(SignatureRejected):
        verify(signed(), body)


def test_what_is_signed_need_not_be_json() -> None:
    body = b"9" * 5_000

    assert verify(signed(body), body) == "msg_1"


@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_c2hvcnQ=", "not base64!" * 9, "whsec_é" + "A" * 32, "A" * 33]
)
def test_a_weak_or_malformed_secret_stops_the_start(secret: str) -> None:
    with pytest.raises(WeakSecret):
        SignatureVerifier.of([secret], tolerance_s=300)


def test_secrets_do_not_show_in_a_traceback() -> None:
    assert "MfKQ" not in repr(VERIFIER)


@given(st.text(), st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)))  # noqa: DTZ001 - UTC is added below
def test_whatever_is_signed_verifies_at_that_time_and_only_then(text: str, moment: datetime) -> None:
    at = moment.replace(tzinfo=UTC)
    body = text.encode("utf-8", "replace")
    headers = Headers(sign(body, webhook_id="msg_2", secret=OLD_SECRET, at=at))

    assert VERIFIER.verify(body, headers.raw, now=at) == "msg_2"
    with pytest.raises(SignatureRejected):
        VERIFIER.verify(body, headers.raw, now=at + timedelta(seconds=302))


_TEXT = st.text(st.characters(max_codepoint=255), max_size=40)


@given(_TEXT, _TEXT, _TEXT | st.just("v1,YQ=="), st.binary(max_size=40))
def test_anything_at_all_is_rejected_and_nothing_else_happens(
    webhook_id: str, timestamp: str, signature: str, body: bytes
) -> None:
    values = {"webhook-id": webhook_id, "webhook-timestamp": timestamp, "webhook-signature": signature}
    raw = [(name.encode(), value.encode("latin-1")) for name, value in values.items()]

    with pytest.raises(SignatureRejected):
        VERIFIER.verify(body, raw, now=NOW)
