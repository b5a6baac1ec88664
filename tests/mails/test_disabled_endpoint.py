"""Members who look after webhooks are mailed of an endpoint that is told nothing more; others are not."""

from starlette.responses import Response

from ciclo.actions.access.members import invite_by_command
from ciclo.permissions import OperatorRole
from ciclo.settings.settings import Settings
from tests.deliveries.asking import an_endpoint
from tests.deliveries.receiver import receiving
from tests.journeys.asking import a_plan, subscribe
from tests.mails.post_office import PostOffice
from tests.mails.test_sign_in_links import BY
from tests.stack import running_stack, until

TOLD = {"olga@example.com", "dev@example.com"}


async def test_who_looks_after_webhooks_is_mailed_of_an_endpoint_that_is_gone(
    settings: Settings, office: PostOffice
) -> None:
    async with (
        running_stack(settings, delivery_workers=1, mailers=1) as stack,
        receiving() as receiver,
    ):
        for name, role in (("olga", "OWNER"), ("dev", "DEVELOPER"), ("ana", "ANALYST")):
            await invite_by_command(stack.deps, f"{name}@example.com", [OperatorRole(role)], by=BY)
        address = receiver.url + "/gone"
        await an_endpoint(stack, address, types=["SUBSCRIPTION_CREATED"])
        receiver.answer = lambda _: Response(status_code=410)
        await subscribe(stack, await a_plan(stack), "caio@example.com", card="tok_visa")

        async def told() -> bool:
            return {str(one["To"]) for one in office.came if "webhook" in str(one["Subject"])} == TOLD

        await until(told)
        [mail, *_] = [one for one in office.came if "webhook" in str(one["Subject"])]
        text = mail.get_body(("plain",)).get_content()
        assert "410" in text
        assert "/gone" in text
        assert f"{stack.url}/admin/webhooks" in text
