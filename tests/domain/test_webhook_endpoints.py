"""Where messages may go, how secrets are replaced, and when telling is given up."""

from datetime import UTC, datetime, timedelta

import pytest

from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.ids import WebhookEndpointId
from ciclo.domain.webhooks.addresses import may_connect, networks_of
from ciclo.domain.webhooks.endpoint import (
    SECRETS_MAX,
    DisableReason,
    SealedSecret,
    WebhookEndpoint,
    disable,
    enable,
    endpoint_snapshot,
    has_failed_for_long,
    rotate_secret,
    validate_endpoint,
)
from ciclo.domain.webhooks.message import MessageType

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def an_endpoint(url: str = "https://example.com/hooks", **changes: object) -> WebhookEndpoint:
    values: dict[str, object] = {
        "id": WebhookEndpointId("whe_1"),
        "url": url,
        "secrets": (SealedSecret(text="one"),),
        "secret_hint": "abcd",
        "created_at": NOON,
        "starts_at": NOON,
    }
    return WebhookEndpoint(**values | changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com",
        "https://example.com:8443/a?b=c",
        "https://[2606:2800:220:1::1]/hooks",
        "https://xn--bcher-kva.example/",
    ],
)
def test_a_public_address_over_https_will_do_where_money_moves(url: str) -> None:
    assert validate_endpoint(an_endpoint(url), only_https=True).url == url


def test_messages_have_one_version() -> None:
    with pytest.raises(InvalidValue):
        validate_endpoint(an_endpoint(api_version="2020-01-01"), only_https=True)


@pytest.mark.parametrize("url", ["http://127.0.0.1:3000/hooks", "https://localhost:9000/"])
def test_the_sandbox_takes_http_and_other_ports(url: str) -> None:
    assert validate_endpoint(an_endpoint(url), only_https=False).url == url
    with pytest.raises(InvalidValue):
        validate_endpoint(an_endpoint(url), only_https=True)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com",
        "ftp://example.com",
        "https://",
        "https:///path",
        "https://user@example.com/",
        "https://user:word@example.com/",
        "https://exa mple.com/",
        "https://example.com\\@10.0.0.1/",
        "https://example.com/#part",
        "https://bücher.example/",
        "https://example.com:0/",
        "https://example.com:99999/",
        "https://[::1/",
        "https://example.com/\r\nHost: other",
        "https://example.com/" + "a" * 2_000,
    ],
)
def test_what_is_no_plain_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        validate_endpoint(an_endpoint(url), only_https=False)
    assert refused.value.field == ("url",)


def test_a_type_is_named_once() -> None:
    twice = (MessageType.INVOICE_PAID, MessageType.INVOICE_PAID)
    with pytest.raises(InvalidValue):
        validate_endpoint(an_endpoint(types=twice), only_https=True)
    assert an_endpoint(types=twice[:1]).wants(MessageType.INVOICE_PAID)
    assert not an_endpoint(types=twice[:1]).wants(MessageType.INVOICE_ISSUED)
    assert an_endpoint().wants(MessageType.INVOICE_ISSUED)


def test_during_a_rotation_two_secrets_sign() -> None:
    two = SealedSecret(text="two")
    rotated = rotate_secret(an_endpoint(), two, hint="wxyz", now=NOON, overlap_hours=24)
    assert [one.text for one in rotated.secrets_at(NOON + timedelta(hours=23))] == ["two", "one"]
    assert [one.text for one in rotated.secrets_at(NOON + timedelta(hours=24))] == ["two"]
    assert rotated.secret_hint == "wxyz"
    # A second rotation does not let the first secret live longer.
    again = rotate_secret(rotated, SealedSecret(text="three"), hint="", now=NOON, overlap_hours=48)
    assert [one.text for one in again.secrets_at(NOON + timedelta(hours=30))] == ["three", "two"]


def test_without_an_overlap_the_old_secret_signs_no_more() -> None:
    rotated = rotate_secret(an_endpoint(), SealedSecret(text="two"), hint="", now=NOON, overlap_hours=0)
    assert [one.text for one in rotated.secrets] == ["two"]


def test_secrets_are_bounded_and_so_is_the_overlap() -> None:
    endpoint = an_endpoint()
    for n in range(10):
        secret = SealedSecret(text=str(n))
        endpoint = rotate_secret(endpoint, secret, hint="", now=NOON, overlap_hours=168)
    assert len(endpoint.secrets) == SECRETS_MAX
    for hours in (-1, 169):
        with pytest.raises(InvalidValue):
            rotate_secret(endpoint, SealedSecret(text="x"), hint="", now=NOON, overlap_hours=hours)


def test_an_endpoint_is_disabled_for_its_first_reason_until_it_is_enabled() -> None:
    gone = disable(an_endpoint(failing_since=NOON), reason=DisableReason.GONE, at=NOON)
    assert not gone.is_enabled
    assert disable(gone, reason=DisableReason.OPERATOR, at=NOON).disable_reason is DisableReason.GONE
    assert endpoint_snapshot(gone)["disableReason"] == "GONE"
    assert endpoint_snapshot(an_endpoint())["disableReason"] is None
    back = enable(gone)
    assert back.is_enabled
    assert back.failing_since is None


def test_only_five_days_of_failures_are_long() -> None:
    failing = an_endpoint(failing_since=NOON)
    assert not has_failed_for_long(an_endpoint(), now=NOON + timedelta(days=9))
    assert not has_failed_for_long(failing, now=NOON + timedelta(days=5) - timedelta(milliseconds=1))
    assert has_failed_for_long(failing, now=NOON + timedelta(days=5))


HOSTILE = """
0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 127.0.0.1 127.0.0.53 127.255.255.254 169.254.0.1
169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 192.0.2.1 192.168.0.1 192.168.255.255 192.88.99.1
198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.250 240.0.0.1 255.255.255.255
:: ::1 ::10.0.0.1 ::ffff:10.0.0.1 ::ffff:127.0.0.1 ::ffff:169.254.169.254 64:ff9b::10.0.0.1
64:ff9b::7f00:1 64:ff9b:1::1 100::1 2001::1 2001:db8::1 2002:7f00:1:: 2002:a00:1::1 fc00::1 fd12:3456::1
fe80::1 fec0::1 ff02::1 4000::1
"""


@pytest.mark.parametrize("address", HOSTILE.split())
def test_an_address_that_is_not_public_is_not_connected_to(address: str) -> None:
    assert not may_connect([address])
    # Nor is a name that has a public one, too.
    assert not may_connect(["93.184.216.34", address])


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "8.8.8.8", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"]
)
def test_a_public_address_is_connected_to_however_it_is_written(address: str) -> None:
    assert may_connect([address])


def test_a_seller_may_name_networks_of_their_own() -> None:
    ours = networks_of(["10.1.0.0/16", "fd00::/8"])
    assert may_connect(["10.1.2.3", "::ffff:10.1.2.3", "fd00::1"], networks=ours)
    assert not may_connect(["10.2.0.1"], networks=ours)
    with pytest.raises(ValueError, match="does not appear"):
        networks_of(["nonsense"])
