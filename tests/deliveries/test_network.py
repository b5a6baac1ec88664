"""What posting connects to: hostile addresses, names that change their minds, and answers without an end."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import SecretStr

from ciclo.actions.webhooks.network import Resolve
from ciclo.actions.webhooks.post import Poster, headers_of, open_poster, post
from ciclo.actions.webhooks.secrets import Sealer, generate_secret
from ciclo.domain.errors.webhooks import EncryptionNotSetUp
from ciclo.domain.ids import MessageId, WebhookEndpointId
from ciclo.domain.webhooks.endpoint import WebhookEndpoint
from ciclo.domain.webhooks.message import MessageType
from ciclo.domain.webhooks.webhook_delivery import AttemptFailure, WebhookAttempt
from ciclo.settings.settings import Settings
from ciclo.store.webhooks.message_documents import RecordedMessage
from tests.deliveries.receiver import Receiver
from tests.stack import ENCRYPTION_KEY, settings_for

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
PUBLIC = "93.184.216.34"

HOSTILE = """
127.0.0.1 127.1 0x7f.1 0x7f000001 2130706433 017700000001 127.000.000.1 0 0.0.0.0 10.0.0.1 0xa.1 012.0.0.1
167772161 10.1 100.64.0.1 169.254.169.254 0xa9fea9fe 2852039166 172.16.0.1 172.31.255.254 192.168.1.1
0300.0250.1.1 192.0.2.1 198.18.0.1 224.0.0.1 255.255.255.255 240.0.0.1 localhost LOCALHOST
[::1] [::] [::ffff:10.0.0.1] [::ffff:127.0.0.1] [::ffff:7f00:1] [0:0:0:0:0:ffff:a00:1] [64:ff9b::10.0.0.1]
[64:ff9b::7f00:1] [64:ff9b:1::a00:1] [2002:7f00:1::] [2001::1] [fc00::1] [fd00::1] [fe80::1] [ff02::1]
"""


@pytest.fixture
def live(mongo_url: str, redis_url: str) -> Settings:
    """Settings that post to public addresses alone, as live mode's do."""
    return settings_for(mongo_url, redis_url, database="none", prefix="none", webhook_networks=())


@asynccontextmanager
async def poster_for(settings: Settings, resolve: Resolve | None = None) -> AsyncIterator[Poster]:
    async with open_poster(settings, wall=lambda: NOON, resolve=resolve) as poster:
        yield poster


def an_endpoint(settings: Settings, url: str) -> WebhookEndpoint:
    return WebhookEndpoint(
        id=WebhookEndpointId("whe_1"),
        url=url,
        secrets=(Sealer(settings).seal(generate_secret()),),
        secret_hint="",
        created_at=NOON,
        starts_at=NOON,
    )


A_MESSAGE = RecordedMessage(
    id=MessageId("msg_1"),
    type=MessageType.INVOICE_PAID,
    object_id="inv_1",
    sequence=1,
    place=0,
    occurred_at=NOON,
    recorded_at=NOON,
    event_id=None,
    endpoint_id=None,
    body='{"type":"invoice.paid"}',
)


async def attempt(settings: Settings, url: str, resolve: Resolve | None = None) -> WebhookAttempt:
    async with poster_for(settings, resolve) as poster:
        return await post(poster, an_endpoint(settings, url), A_MESSAGE)


@pytest.mark.parametrize("host", HOSTILE.split())
async def test_nothing_is_sent_to_an_address_that_is_not_public(
    live: Settings, receiver: Receiver, host: str
) -> None:
    port = receiver.url.split(":")[2].split("/")[0]
    made = await attempt(live, f"http://{host}:{port}/hooks")
    # Some systems take odd spellings for addresses and some for names that are not there.
    assert made.failure in {AttemptFailure.FORBIDDEN_ADDRESS, AttemptFailure.UNREACHABLE}
    assert receiver.told == []
    if host in {"127.0.0.1", "127.1", "0x7f.1", "localhost", "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]"}:
        assert made.failure is AttemptFailure.FORBIDDEN_ADDRESS


def answering(*answers: Sequence[str]) -> tuple[Resolve, list[str]]:
    """Return a name server that answers each question otherwise, and the list of what it was asked."""
    asked: list[str] = []

    async def resolve(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    return resolve, asked


async def test_a_name_with_one_address_that_is_not_public_is_not_connected_to(
    live: Settings, receiver: Receiver
) -> None:
    resolve, _ = answering([PUBLIC, "127.0.0.1"])
    made = await attempt(live, receiver.url.replace("127.0.0.1", "seller.example"), resolve)
    assert made.failure is AttemptFailure.FORBIDDEN_ADDRESS
    assert receiver.told == []


async def test_a_name_that_changes_its_mind_is_looked_up_once_and_that_address_connected_to(
    mongo_url: str, redis_url: str, receiver: Receiver
) -> None:
    settings = settings_for(
        mongo_url, redis_url, database="none", prefix="none", webhook_networks=("127.0.0.1/32",)
    )
    # The first answer may be connected to; were the name looked up again, the second one would be.
    resolve, asked = answering(["127.0.0.1"], ["127.0.0.2"])
    url = receiver.url.replace("127.0.0.1", "seller.example")
    made = await attempt(settings, url, resolve)
    assert made.failure is None
    assert asked == ["seller.example"]
    assert receiver.told[0].headers["host"].startswith("seller.example:")

    # A new connection asks again, and what it is told then is judged anew.
    made = await attempt(settings, url, answering(["127.0.0.2"])[0])
    assert made.failure is AttemptFailure.FORBIDDEN_ADDRESS


def certificate(folder: Path, name: str) -> tuple[Path, Path]:
    """Write a key and a certificate of *name* that nobody but the test trusts; return their files."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "key.pem", folder / "certificate.pem"
    files[0].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    files[1].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return files


async def test_the_certificate_asked_for_and_checked_is_the_names_not_the_addresss(
    mongo_url: str, redis_url: str, tmp_path: Path
) -> None:
    settings = settings_for(mongo_url, redis_url, database="none", prefix="none")
    key, made = certificate(tmp_path, "seller.example")
    context, asked = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), list[str | None]()
    context.load_cert_chain(made, key)
    context.sni_callback = lambda _socket, name, _context: asked.append(name)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    trusting = ssl.create_default_context(cafile=str(made))
    resolve, _ = answering(["127.0.0.1"])
    failures = []
    async with server:
        for host in ("seller.example", "other.example"):
            async with open_poster(
                settings, wall=lambda: NOON, resolve=resolve, ssl_context=trusting
            ) as poster:
                endpoint = an_endpoint(settings, f"https://{host}:{port}/hooks")
                failures.append((await post(poster, endpoint, A_MESSAGE)).failure)
    assert asked == ["seller.example", "other.example"]
    assert failures == [None, AttemptFailure.UNREACHABLE]


async def test_no_proxy_of_the_environment_has_a_part_in_it(
    live: Settings, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = receiver.url.removesuffix("/hooks")
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, proxy)
    made = await attempt(live, "http://127.0.0.1:9/hooks")
    assert made.failure is AttemptFailure.FORBIDDEN_ADDRESS
    assert receiver.told == []


@asynccontextmanager
async def serving(answer: Callable[[asyncio.StreamWriter], object]) -> AsyncIterator[str]:
    """Serve raw bytes; *answer* writes what it wants, and the connection stays open."""

    async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        answer(writer)
        await reader.read()
        writer.close()

    server = await asyncio.start_server(take, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


@pytest.fixture
def sandbox(mongo_url: str, redis_url: str) -> Settings:
    return settings_for(mongo_url, redis_url, database="none", prefix="none")


async def test_an_endpoint_that_never_answers_is_let_go(
    sandbox: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ciclo.actions.webhooks.post.ANSWER_S_MAX", 0.2)
    async with serving(lambda _: None) as url:
        made = await attempt(sandbox, url)
    assert made.failure is AttemptFailure.TIMEOUT


@pytest.mark.parametrize(
    "raw",
    [b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab", b"HTTP/1.1 99999 X\r\n\r\n"],
)
async def test_an_answer_that_cant_be_read_is_a_failure(
    sandbox: Settings, raw: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ciclo.actions.webhooks.post.ANSWER_S_MAX", 0.5)
    async with serving(lambda writer: writer.write(raw)) as url:
        made = await attempt(sandbox, url)
    assert made.failure in {AttemptFailure.UNREACHABLE, AttemptFailure.TIMEOUT}


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [
        ("120", 120),
        ("999999999999", 86_400),
        ("Thu, 01 Jan 2026 12:05:00 GMT", 300),
        ("Thu, 01 Jan 2026 11:00:00 GMT", 0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
    ],
)
async def test_what_an_endpoint_asks_for_is_read_as_seconds_or_as_a_date(
    sandbox: Settings, asked: str, seconds: int | None
) -> None:
    head = f"HTTP/1.1 503 X\r\nretry-after: {asked}\r\ncontent-length: 0\r\n\r\n"
    async with serving(lambda writer: writer.write(head.encode())) as url:
        made = await attempt(sandbox, url)
    assert (made.status, made.retry_after_s) == (503, seconds)


async def test_a_secret_that_no_key_opens_is_our_fault_and_told(
    sandbox: Settings, receiver: Receiver
) -> None:
    other = sandbox.model_copy(update={"encryption_keys": (SecretStr("k" * 40),)})
    async with poster_for(sandbox) as poster:
        made = await post(poster, an_endpoint(other, receiver.url), A_MESSAGE)
    assert made.failure is AttemptFailure.INTERNAL
    assert receiver.told == []


def test_keys_are_replaced_by_putting_a_new_one_first(sandbox: Settings) -> None:
    old = Sealer(sandbox).seal("whsec_x")
    both = sandbox.model_copy(update={"encryption_keys": (SecretStr("n" * 40), SecretStr(ENCRYPTION_KEY))})
    assert Sealer(both).unseal(old) == "whsec_x"
    with pytest.raises(EncryptionNotSetUp):
        Sealer(sandbox).unseal(Sealer(both).seal("whsec_y"))
    with pytest.raises(EncryptionNotSetUp):
        Sealer(sandbox.model_copy(update={"encryption_keys": ()})).seal("whsec_x")


def test_the_library_that_receivers_use_takes_our_headers() -> None:
    secret = generate_secret()
    headers = dict(headers_of("msg_1", "{}", secrets=[secret, generate_secret()], at=NOON))
    assert headers[b"webhook-signature"].count(b"v1,") == 2
