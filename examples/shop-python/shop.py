"""A tiny shop: subscribes a customer, hears by webhook that they paid, and asks what they may use.

CICLO_URL=… CICLO_KEY=… PLAN_ID=… EMAIL=… WEBHOOK_SECRET=… PORT=… python shop.py
"""

import json
import os
from http.server import BaseHTTPRequestHandler, HTTPServer

from ciclo_client import Client
from ciclo_client.input_types import CreateSubscriptionInput, PaymentMethodInput
from standardwebhooks import Webhook, WebhookVerificationError


class Door(BaseHTTPRequestHandler):
    """Takes what Ciclo has signed, and nothing else."""

    heard: list[dict] = []

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["content-length"]))
        try:
            message = Webhook(os.environ["WEBHOOK_SECRET"]).verify(raw, dict(self.headers.items()))
        except WebhookVerificationError:
            self.send_response(401)
        else:
            self.heard.append(message)
            self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def subscribe(ciclo: Client, email: str) -> str:
    """Subscribe somebody by card; asked again under the same key it subscribes nobody twice."""
    answer = ciclo.subscribe(
        input=CreateSubscriptionInput(
            planId=os.environ["PLAN_ID"],
            customerEmail=email,
            skipTrial=True,
            paymentMethod=PaymentMethodInput(cardToken="tok_visa"),
            idempotencyKey=f"shop:{email}",
        )
    ).create_subscription
    if answer.subscription is None:
        raise SystemExit(str(answer.user_errors))
    return answer.subscription.id


def main() -> None:
    email = os.environ["EMAIL"]
    ciclo = Client(
        url=f"{os.environ['CICLO_URL']}/graphql",
        headers={"authorization": f"Bearer {os.environ['CICLO_KEY']}"},
    )
    with HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Door) as door:
        subscribe(ciclo, email)
        while not any(message["type"] == "subscription.activated" for message in Door.heard):
            door.handle_request()
    [activated] = [one["data"] for one in Door.heard if one["type"] == "subscription.activated"]
    limit = ciclo.limit(email=email, feature="alunos").entitlement
    entitlement = {name: getattr(limit, name) for name in ("allowed", "limit", "used", "remaining")}
    print(
        json.dumps({"activated": activated["id"], "status": activated["status"], "entitlement": entitlement})
    )


if __name__ == "__main__":
    main()
