"""Mails that are written are sent: once each, whatever the mail server does meanwhile."""

from datetime import UTC, datetime, timedelta

from ciclo.actions.dependencies import Deps
from ciclo.actions.mails.write import new_secret_mail
from ciclo.domain.mails.mail import Mail, MailKind
from ciclo.settings.settings import Settings
from ciclo.store.mails.mails import add_mails
from tests.mails.post_office import PostOffice
from tests.stack import running_stack, until

LINK = "https://loja.example/entrar?codigo=k3y"


def a_sign_in(deps: Deps, to: str, *, minutes: int = 15) -> Mail:
    now = datetime.now(UTC)
    return new_secret_mail(
        deps,
        MailKind.SIGN_IN,
        to=to,
        about=f"sign-in of {to}",
        at=now,
        link=LINK,
        useful_until=now + timedelta(minutes=minutes),
    )


async def states(deps: Deps) -> dict[str, str]:
    return {one["to"]: one["state"] async for one in deps.store["mails"].find({})}


async def test_a_mail_is_sent_once_and_its_link_is_kept_no_longer(
    settings: Settings, office: PostOffice
) -> None:
    async with running_stack(settings, mailers=2) as stack:
        mail = a_sign_in(stack.deps, "ana@example.com")
        await add_mails(stack.deps.store, [mail])
        await add_mails(stack.deps.store, [mail])
        stored = await stack.deps.store["mails"].find_one({"_id": mail.id})
        assert "k3y" not in str(stored)
        await until(lambda: _is(stack.deps, {"ana@example.com": "SENT"}))
        stored = await stack.deps.store["mails"].find_one({"_id": mail.id})
        assert stored is not None
        assert "sealed" not in stored
        assert "content" not in stored
    [came] = office.came
    assert came["To"] == "ana@example.com"
    assert came["From"] == '"Ciclo Demo Ltda." <cobranca@loja.example>'
    assert came["Reply-To"] == "ajuda@loja.example"
    assert came["Message-ID"] == f"<{mail.id}@loja.example>"
    text, page = came.get_body(("plain",)), came.get_body(("html",))
    assert text is not None
    assert page is not None
    assert LINK in text.get_content()
    assert f'href="{LINK}"' in page.get_content()
    assert "<style" not in page.get_content()


async def test_what_the_server_says_of_one_mail_holds_up_no_other(
    settings: Settings, office: PostOffice
) -> None:
    office.replies = {"later@example.com": "450 try again", "nobody@example.com": "550 no such user"}
    async with running_stack(settings, mailers=1) as stack:
        deps = stack.deps
        names = ("later", "nobody", "ana", "josé", "old")
        mails = [
            a_sign_in(deps, f"{name}@example.com", minutes=-1 if name == "old" else 15) for name in names
        ]
        await deps.store["mails"].insert_one(
            {"_id": "mail_broken", "state": "WAITING", "next_at": mails[0].created_at, "unanswered": 0}
        )
        await add_mails(deps.store, mails)
        expected = {
            "later@example.com": "WAITING",
            "nobody@example.com": "BOUNCED",
            "ana@example.com": "SENT",
            "josé@example.com": "SENT",
            "old@example.com": "VOID",
        }
        await deps.store["mails"].update_one({"_id": "mail_broken"}, {"$set": {"to": "broken"}})
        await until(lambda: _is(deps, expected | {"broken": "FAILED"}))
        later = await deps.store["mails"].find_one({"to": "later@example.com"})
        assert later is not None
        assert (later["tries"], later["unanswered"]) == (1, 0)
        assert later["next_at"] > datetime.now(UTC)
    assert {str(mail["To"]) for mail in office.came} == {"ana@example.com", "josé@example.com"}


async def test_while_the_server_is_away_nothing_is_lost_and_then_nothing_comes_twice(
    settings: Settings, office: PostOffice
) -> None:
    await office.turn_away()
    people = {f"{number}@example.com" for number in range(30)}
    async with running_stack(settings, mailers=2) as stack:
        await add_mails(stack.deps.store, [a_sign_in(stack.deps, one) for one in sorted(people)])
        await until(lambda: _turned_away(office, 5))
        assert set((await states(stack.deps)).values()) == {"WAITING"}
        tries = await stack.deps.store["mails"].distinct("tries")
        assert tries == [0]  # no mail's fault
        page = (await stack.http.get("/metrics")).text
        assert "ciclo_mails_waiting 30.0" in page
        assert "ciclo_mails_failed 0.0" in page
        await office.open()
        await until(lambda: _is(stack.deps, dict.fromkeys(people, "SENT")))
    assert sorted(str(mail["To"]) for mail in office.came) == sorted(people)


async def _is(deps: Deps, expected: dict[str, str]) -> bool:
    return await states(deps) == expected


async def _turned_away(office: PostOffice, times: int) -> bool:
    return office.turned_away >= times
