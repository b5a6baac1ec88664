"""Endpoints: create, change, delete, give a new secret. Who has lost a secret asks for another one."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlsplit

import httpcore

from ciclo.actions.access.operations import new_operation
from ciclo.actions.contention import retry_on_contention
from ciclo.actions.dependencies import Deps, generate_id
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.actions.webhooks.network import ForbiddenAddress, PublicNetwork, Resolver
from ciclo.actions.webhooks.secrets import Sealer, generate_secret, hint_of
from ciclo.domain.errors.general import InvalidValue, LimitExceeded
from ciclo.domain.errors.webhooks import WebhookEndpointNotFound
from ciclo.domain.ids import WebhookEndpointId, parse_id
from ciclo.domain.webhooks.addresses import networks_of
from ciclo.domain.webhooks.endpoint import (
    ENDPOINTS_MAX,
    DisableReason,
    WebhookEndpoint,
    disable,
    enable,
    rotate_secret,
    validate_endpoint,
)
from ciclo.domain.webhooks.message import API_VERSION, MessageType
from ciclo.store.idempotency import IdempotentRequest
from ciclo.store.webhooks.deliveries import close_pending
from ciclo.store.webhooks.endpoints import TooManyEndpoints, add_endpoint, find_endpoint, replace_endpoint
from ciclo.viewer import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointDraft:
    """What a new endpoint is to be."""

    url: str
    description: str
    types: Sequence[MessageType]
    ordered: bool
    api_version: str = API_VERSION


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointEdit:
    """What an endpoint is to become; None leaves a field as it is."""

    url: str | None = None
    description: str | None = None
    types: tuple[MessageType, ...] | None = None
    ordered: bool | None = None
    enabled: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointWithSecret:
    """An endpoint and the secret that it was just given: it is shown this once."""

    endpoint: WebhookEndpoint
    secret: str


async def create_endpoint(
    deps: Deps, draft: EndpointDraft, *, by: Actor, request: IdempotentRequest | None = None
) -> EndpointWithSecret:
    """Begin to tell an address of what happens; a repeat under the same key has the same secret.

    Raises:
        InvalidValue: a field is outside its bounds, or the address is none that may be posted to.
        LimitExceeded: there are ENDPOINTS_MAX already.
        EncryptionNotSetUp: there is no key to keep its secret with.
        IdempotencyKeyReused: the key was used with another request.
    """
    now, secret = deps.wall(), generate_secret()
    endpoint = WebhookEndpoint(
        id=WebhookEndpointId(generate_id("whe", now)),
        url=draft.url,
        description=draft.description,
        types=tuple(draft.types),
        ordered=draft.ordered,
        api_version=draft.api_version,
        secrets=(Sealer(deps.settings).seal(secret),),
        secret_hint=hint_of(secret),
        created_at=now,
        # Until then a process may not know yet that there is somebody to tell.
        starts_at=now + timedelta(milliseconds=deps.settings.webhook_audience_ms),
    )
    validate_endpoint(endpoint, only_https=not deps.settings.is_sandbox)
    await _require_public(deps, endpoint.url)

    async def act(answer_for: AnswerFor) -> EndpointWithSecret:
        try:
            operation = new_operation(deps, by, "createWebhookEndpoint", endpoint.id, after=_logged(endpoint))
            await add_endpoint(deps.store, endpoint, operation, answer=answer_for(endpoint.id))
        except TooManyEndpoints:
            raise LimitExceeded(f"there are {ENDPOINTS_MAX} webhook endpoints already") from None
        return EndpointWithSecret(endpoint=endpoint, secret=secret)

    return await run_once(deps, request, act, find=partial(_get_with_secret, deps))


async def update_endpoint(
    deps: Deps,
    endpoint_id: str,
    edit: EndpointEdit,
    *,
    by: Actor,
    request: IdempotentRequest | None = None,
) -> WebhookEndpoint:
    """Change an endpoint; to enable it anew forgets its failures.

    Raises:
        WebhookEndpointNotFound: it is not there.
        InvalidValue: a field is outside its bounds.
        Conflict: others kept changing it.
    """
    if edit.url is not None:
        await _require_public(deps, edit.url)
    names = ("url", "description", "types", "ordered")
    changes = {name: value for name in names if (value := getattr(edit, name)) is not None}

    def change(endpoint: WebhookEndpoint, now: datetime) -> WebhookEndpoint:
        after = replace(endpoint, **changes)
        if edit.enabled is not None:
            after = enable(after) if edit.enabled else disable(after, reason=DisableReason.OPERATOR, at=now)
        return validate_endpoint(after, only_https=not deps.settings.is_sandbox)

    return await _change(deps, endpoint_id, change, act=_Act(by, "updateWebhookEndpoint"), request=request)


async def delete_endpoint(
    deps: Deps, endpoint_id: str, *, by: Actor, request: IdempotentRequest | None = None
) -> WebhookEndpointId:
    """Tell an endpoint nothing any more; what it was told stays in the log.

    Raises:
        WebhookEndpointNotFound: it is not there.
        Conflict: others kept changing it.
    """

    async def delete(answer_for: AnswerFor) -> WebhookEndpointId:
        endpoint = await get_endpoint(deps, endpoint_id)
        after = replace(endpoint, deleted_at=deps.wall())
        operation = new_operation(deps, by, "deleteWebhookEndpoint", endpoint.id, before=_logged(endpoint))
        await replace_endpoint(deps.store, endpoint, after, operation, answer=answer_for(endpoint.id))
        await close_pending(deps.store, endpoint.id)
        return endpoint.id

    async def act(answer_for: AnswerFor) -> WebhookEndpointId:
        return await retry_on_contention(partial(delete, answer_for))

    async def find(id_: str) -> WebhookEndpointId:
        return WebhookEndpointId(id_)

    return await run_once(deps, request, act, find=find)


async def rotate_endpoint_secret(
    deps: Deps,
    endpoint_id: str,
    *,
    overlap_hours: int,
    by: Actor,
    request: IdempotentRequest | None = None,
) -> EndpointWithSecret:
    """Give an endpoint a new secret; the old one signs beside it for some hours more.

    Raises:
        WebhookEndpointNotFound: it is not there.
        InvalidValue: the overlap is out of its bounds.
        EncryptionNotSetUp: there is no key to keep the secret with.
        Conflict: others kept changing it.
    """
    secret = generate_secret()
    sealed = Sealer(deps.settings).seal(secret)

    def rotate(endpoint: WebhookEndpoint, now: datetime) -> WebhookEndpoint:
        return rotate_secret(endpoint, sealed, hint=hint_of(secret), now=now, overlap_hours=overlap_hours)

    rotated = await _change(deps, endpoint_id, rotate, act=_Act(by, "rotateWebhookSecret"), request=request)
    # A repeat under the key finds the secret of the first time.
    return EndpointWithSecret(endpoint=rotated, secret=Sealer(deps.settings).unseal(rotated.secrets[0]))


async def get_endpoint(deps: Deps, endpoint_id: str) -> WebhookEndpoint:
    """Return an endpoint.

    Raises:
        MalformedId, WebhookEndpointNotFound: there is none.
    """
    endpoint = await find_endpoint(deps.store, parse_id("whe", endpoint_id))
    if endpoint is None:
        raise WebhookEndpointNotFound
    return endpoint


async def _get_with_secret(deps: Deps, endpoint_id: str) -> EndpointWithSecret:
    endpoint = await get_endpoint(deps, endpoint_id)
    return EndpointWithSecret(endpoint=endpoint, secret=Sealer(deps.settings).unseal(endpoint.secrets[-1]))


async def _change(
    deps: Deps,
    endpoint_id: str,
    change: Callable[[WebhookEndpoint, datetime], WebhookEndpoint],
    *,
    act: "_Act",
    request: IdempotentRequest | None,
) -> WebhookEndpoint:
    """Make a change once under the request's key, starting again while others change the endpoint."""

    async def attempt(answer_for: AnswerFor) -> WebhookEndpoint:
        endpoint = await get_endpoint(deps, endpoint_id)
        after = change(endpoint, deps.wall())
        operation = new_operation(
            deps, act.by, act.action, endpoint.id, before=_logged(endpoint), after=_logged(after)
        )
        await replace_endpoint(deps.store, endpoint, after, operation, answer=answer_for(endpoint.id))
        return replace(after, version=endpoint.version + 1)

    async def once(answer_for: AnswerFor) -> WebhookEndpoint:
        return await retry_on_contention(partial(attempt, answer_for))

    find: Callable[[str], Awaitable[WebhookEndpoint]] = partial(get_endpoint, deps)
    return await run_once(deps, request, once, find=find)


@dataclass(frozen=True, slots=True)
class _Act:
    """Who changes an endpoint, and by which of the API's mutations."""

    by: Actor
    action: str


def _logged(endpoint: WebhookEndpoint) -> dict[str, object]:
    """Return what the operations log tells of an endpoint: not its secrets, encrypted as they are."""
    return {
        "url": endpoint.url,
        "description": endpoint.description,
        "types": [type_.value for type_ in endpoint.types],
        "ordered": endpoint.ordered,
        "api_version": endpoint.api_version,
        "secret_hint": endpoint.secret_hint,
        "disabled_at": endpoint.disabled_at,
    }


async def _require_public(deps: Deps, url: str) -> None:
    """Refuse an address that no message will ever be sent to. A name that is not there yet may come.

    Raises:
        InvalidValue: it leads to an address that is not public.
    """
    parts = urlsplit(url)
    resolver = Resolver()
    network = PublicNetwork(
        resolver, networks_of(deps.settings.posting_networks(is_sandbox=deps.settings.is_sandbox))
    )
    try:
        await network.check(parts.hostname or "", parts.port or 443)
    except ForbiddenAddress as error:
        raise InvalidValue(str(error), field=("url",)) from None
    except httpcore.ConnectError:
        return
    finally:
        resolver.close()
