"""Opening and checking a server."""

import pytest

from ciclo.streams.connection import (
    ServerReport,
    Streams,
    StreamsUnavailable,
    check_server,
    open_streams,
)
from tests.streams.server import Server

SOUND = ServerReport(
    version=(7, 2, 4), maxmemory_policy="noeviction", appendonly=True, appendfsync="everysec"
)


async def test_a_sound_server_has_no_problem(own_streams: Streams) -> None:
    report = await check_server(own_streams)

    assert report == ServerReport(
        version=report.version,
        maxmemory_policy="noeviction",
        appendonly=True,
        appendfsync="everysec",
    )
    assert report.version >= (7, 0)
    assert report.problem is None


async def test_a_server_that_evicts_is_refused_in_words(own_streams: Streams) -> None:
    await own_streams.redis.config_set("maxmemory-policy", "allkeys-lru")

    report = await check_server(own_streams)

    assert report.problem is not None
    assert "allkeys-lru" in report.problem


async def test_a_server_that_hides_its_configuration_is_accepted(
    own_server: Server, own_streams: Streams
) -> None:
    await own_streams.redis.acl_setuser(
        "limited",
        enabled=True,
        passwords=["+secret"],
        categories=["+@all"],
        commands=["-config"],
        keys=["*"],
    )
    limited = open_streams(own_server.url.replace("//", "//limited:secret@"), prefix="test")
    try:
        report = await check_server(limited)
    finally:
        await limited.aclose()

    assert (report.maxmemory_policy, report.appendonly, report.appendfsync) == ("noeviction", True, None)
    assert report.problem is None


@pytest.mark.parametrize(
    ("report", "words"),
    [
        (SOUND, None),
        (ServerReport(version=(7, 0), maxmemory_policy=None, appendonly=None, appendfsync=None), None),
        (
            ServerReport(version=(6, 2, 14), maxmemory_policy=None, appendonly=None, appendfsync=None),
            "Redis 6.2.14 is too old: 7.0 or later is needed",
        ),
    ],
)
def test_the_problem_is_the_first_thing_that_must_change(report: ServerReport, words: str | None) -> None:
    assert report.problem == words


async def test_a_dead_server_does_not_answer_a_ping(own_server: Server, own_streams: Streams) -> None:
    await own_streams.ping()
    own_server.kill()

    with pytest.raises(StreamsUnavailable, match="ping"):
        await own_streams.ping()
    with pytest.raises(StreamsUnavailable, match="check the server"):
        await check_server(own_streams)
