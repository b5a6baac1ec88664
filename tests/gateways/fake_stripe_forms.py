"""What the small Stripe does where the payer is: cards from its form, setups, banks that ask (3-D Secure)."""

from typing import TYPE_CHECKING, Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.gateways.fake_stripe_shapes import FakeMethod, Params, Refusal, declined

if TYPE_CHECKING:
    from tests.gateways.fake_stripe import FakeStripe

SETUP_PARAMS: Final = {
    "allowed_payment_method_types",
    "confirm",
    "confirmation_token",
    "metadata",
    "return_url",
    "usage",
    "use_stripe_sdk",
}
BANK: Final = """<!doctype html><html lang="en"><title>Your bank</title>
<link rel="icon" href="data:,"><h1>Your bank asks</h1>
<form method="post"><button name="answer" value="yes">Complete</button>
<button name="answer" value="no">Fail</button></form></html>"""


class CardForms:
    """The part of an account that payers themselves meet."""

    def __init__(self, account: "FakeStripe") -> None:
        self._account = account
        self._tokens: dict[str, FakeMethod] = {}
        self._setups: dict[str, Params] = {}

    def routes(self) -> list[Route]:
        """Return the routes; those of the form take no secret key, since they are asked by browsers."""
        route, post = self._account.route, ["POST"]
        return [
            Route("/v1/setup_intents", route(self._create_setup), methods=post),
            Route("/v1/setup_intents/{id}", route(self._retrieve_setup), methods=["GET"]),
            Route("/v1/payment_intents/{id}/confirm", route(self._confirm_intent), methods=post),
            Route("/form/tokens", self._create_token, methods=post),
            Route("/form/setups/{secret}", self._answer_setup, methods=post),
            Route("/bank/{id}", self._ask, methods=["GET", "POST"]),
        ]

    def token(self, method: FakeMethod) -> str:
        """Return a form's token of *method*."""
        token = self._account.new("ctoken")
        self._tokens[token] = method
        return token

    async def _create_token(self, request: Request) -> Response:
        """Take the card's number, from the form's own frame."""
        card = await request.json()
        if not str(request.query_params.get("key")).startswith("pk_"):
            return JSONResponse({"error": "no publishable key"}, 401)
        return JSONResponse({"id": self.token(self._account.card(card["number"]))})

    def _create_setup(self, params: Params, _key: str) -> Params:
        unknown = params.keys() - SETUP_PARAMS
        if unknown:
            raise Refusal(400, type="invalid_request_error", code="parameter_unknown", param=min(unknown))
        method = self._tokens.pop(params["confirmation_token"], None)
        if method is None:
            raise Refusal(
                404, type="invalid_request_error", code="resource_missing", param="confirmation_token"
            )
        setup = {
            "id": self._account.new("seti"),
            "object": "setup_intent",
            "client_secret": f"secret_{self._account.new('of')}",
            "last_setup_error": None,
            "metadata": params.get("metadata", {}),
            "payment_method": method.id,
            "status": "requires_action" if method.asks_when_kept else "succeeded",
        }
        self._setups[setup["id"]] = setup
        if method.refused_when_kept:
            raise Refusal(402, **declined(method.refused_when_kept))
        return setup

    def _retrieve_setup(self, _params: Params, _key: str, *, id: str) -> Params:  # noqa: A002 - the route's
        if id not in self._setups:
            raise Refusal(404, type="invalid_request_error", code="resource_missing", param="intent")
        return self._setups[id]

    async def _answer_setup(self, request: Request) -> Response:
        """Answer what the payer's bank asks in a frame of the form: yes or no."""
        secret, answer = request.path_params["secret"], (await request.json())["answer"]
        setup = next(one for one in self._setups.values() if one["client_secret"] == secret)
        self.answer(setup["id"], says_yes=answer == "yes")
        return JSONResponse({"id": setup["id"], "status": setup["status"]})

    def answer(self, setup_id: str, *, says_yes: bool) -> None:
        """Let the payer answer their bank."""
        failed = {"code": "setup_intent_authentication_failure", "type": "invalid_request_error"}
        self._setups[setup_id] |= (
            {"status": "succeeded"}
            if says_yes
            else {"status": "requires_payment_method", "payment_method": None, "last_setup_error": failed}
        )

    def _confirm_intent(self, params: Params, _key: str, *, id: str) -> Params:  # noqa: A002 - the route's
        intent = self._account.intents[id]
        if intent["status"] != "requires_payment_method":
            raise Refusal(400, type="invalid_request_error", code="payment_intent_unexpected_state")
        method = self._account.methods[params["payment_method"]]
        if method.declines != "authentication_required":
            raise Refusal(402, **declined(method.declines or "generic_decline"))
        page = {"url": f"{self._account.url}/bank/{id}", "return_url": params["return_url"]}
        action = {"type": "redirect_to_url", "redirect_to_url": page}
        intent |= {"status": "requires_action", "next_action": action}
        self._account.tell("payment_intent.requires_action", intent)
        return intent

    async def _ask(self, request: Request) -> Response:
        """Show the bank's page, and send the payer back with their answer, which Stripe's events tell."""
        intent = self._account.intents[request.path_params["id"]]
        if request.method == "GET":
            return HTMLResponse(BANK)
        back_at = intent["next_action"]["redirect_to_url"]["return_url"]
        says_yes = b"answer=yes" in await request.body()
        self.answer_bank(intent["id"], says_yes=says_yes)
        secret = f"payment_intent_client_secret={intent['client_secret']}"
        return RedirectResponse(f"{back_at}?payment_intent={intent['id']}&{secret}", 303)

    def answer_bank(self, intent_id: str, *, says_yes: bool) -> None:
        """Let the payer of a charge answer their bank."""
        if says_yes:
            self._account.charged[f"confirmed:{intent_id}"] += 1
            self._account.pay(intent_id)
            return
        intent = self._account.intents[intent_id]
        failed = {"code": "payment_intent_authentication_failure", "type": "invalid_request_error"}
        intent |= {"status": "requires_payment_method", "last_payment_error": failed, "next_action": None}
        self._account.tell("payment_intent.payment_failed", intent)
