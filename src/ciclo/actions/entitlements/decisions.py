"""What operators decide of entitlements: what one customer gets of a feature, whatever their plans give."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date

from ciclo.actions.access.operations import new_operation
from ciclo.actions.caller import NOBODY, Caller
from ciclo.actions.contention import retry_on_contention
from ciclo.actions.customers.finding import find_customer_named, get_customer
from ciclo.actions.dependencies import Deps
from ciclo.actions.entitlements.reading import Reader
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.actions.live_updates import ENTITLEMENTS_CHANGED, SubscriptionChange, broadcast_changes
from ciclo.actions.processing.publish_events import find_telling_day, publish_messages
from ciclo.domain.entitlements.allowance import EntitlementSet, Override
from ciclo.domain.entitlements.feature import FeatureKind
from ciclo.domain.entitlements.usage import require_quantity
from ciclo.domain.errors.entitlements import FeatureArchived, OverrideNotFound
from ciclo.domain.errors.general import DateInPast, InvalidValue
from ciclo.domain.errors.payments import CustomerNotFound
from ciclo.domain.free_text import validate_reason
from ciclo.domain.ids import CustomerId, parse_id
from ciclo.store.entitlements.sets import write_overrides
from ciclo.store.idempotency import IdempotentRequest
from ciclo.store.mongo.client import Document
from ciclo.viewer import Actor

Overrides = Mapping[str, Override]


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideChoice:
    """What a customer is to get of a feature: a limit, as much as they like if it is None, or a value."""

    feature: str
    limit: int | None
    until: date | None
    reason: str
    config: str | None = None
    """A value as JSON text, of a feature that is one."""


async def name_entitled(
    deps: Deps,
    *,
    customer_id: str | None,
    email: str | None,
    external_id: str | None = None,
    caller: Caller,
) -> CustomerId:
    """Return whose entitlements are meant: an operator names anybody, a customer nobody or themselves.

    Raises:
        CustomerNotFound: there is no such customer, or they are somebody else.
        MalformedId, InvalidValue: the id or the address is none; or an operator names nobody.
    """
    own = caller.owner
    if customer_id is None and email is None and external_id is None:
        if own is None:
            raise InvalidValue("name the customer", field=("customer",))
        named = own
    elif customer_id is not None:
        # Without a look-up: this is asked all the time, and a stranger has no set.
        named = CustomerId(parse_id("cus", customer_id))
    else:
        known = await find_customer_named(deps, external_id=external_id, email=email)
        named = known.id if known else NOBODY
    if named == NOBODY or own not in {None, named}:
        raise CustomerNotFound
    return named


async def override_entitlement(
    deps: Deps,
    customer_id: str,
    choice: OverrideChoice,
    *,
    by: Actor,
    request: IdempotentRequest | None = None,
) -> EntitlementSet:
    """Give a customer of a feature what an operator says, whatever their plans do; the last word counts.

    Raises:
        CustomerNotFound, FeatureNotFound: there is no such customer or feature.
        FeatureArchived: nobody is given it any more.
        InvalidValue, DateInPast: the limit is out of range or no limit is wanted, no reason is given, or its
            last day is over.
        Conflict: others kept changing what the customer has.
    """
    reader = Reader(deps)
    override = await _override_of(deps, choice, by=by, today=await reader.today())

    async def decide(before: EntitlementSet) -> Overrides:
        feature = (await reader.catalogue()).feature(choice.feature, before)
        if feature.archived:
            raise FeatureArchived(feature.key)
        if (feature.kind is FeatureKind.CONFIG) is (override.config is None):
            raise InvalidValue("a feature that is a value gets a value, and no other one", field=("config",))
        return {**before.overrides, choice.feature: override}

    decision = _Decision(
        action="overrideEntitlement", feature=choice.feature, after=asdict(override), decide=decide
    )
    return await _carry_out(deps, customer_id, decision, by=by, request=request)


async def end_entitlement_override(
    deps: Deps,
    customer_id: str,
    feature: str,
    *,
    reason: str,
    by: Actor,
    request: IdempotentRequest | None = None,
) -> EntitlementSet:
    """Take an override away before its last day: from now on the customer has what their plans give.

    Raises:
        CustomerNotFound, OverrideNotFound: there is no such customer, or they have none of this feature.
        InvalidValue: no reason is given.
        Conflict: others kept changing what the customer has.
    """

    async def decide(before: EntitlementSet) -> Overrides:
        if feature not in before.overrides:
            raise OverrideNotFound
        return {key: one for key, one in before.overrides.items() if key != feature}

    decision = _Decision(
        action="endEntitlementOverride",
        feature=feature,
        after={"reason": _require_reason(reason, "say why it ends")},
        decide=decide,
    )
    return await _carry_out(deps, customer_id, decision, by=by, request=request)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Decision:
    """What an operator decides of one customer's feature, and what the operations log says of it."""

    action: str
    feature: str
    after: Mapping[str, object]
    decide: Callable[[EntitlementSet], Awaitable[Overrides]]
    """Returns the overrides that there then are, or refuses."""


async def _carry_out(
    deps: Deps, customer_id: str, decision: _Decision, *, by: Actor, request: IdempotentRequest | None
) -> EntitlementSet:
    reader, id_ = Reader(deps), (await get_customer(deps, customer_id)).id
    told_on = await find_telling_day(deps)

    async def act(answer_for: AnswerFor) -> EntitlementSet:
        async def write() -> tuple[EntitlementSet, list[Document]]:
            before = await reader.entitlement_set(id_)
            after = replace(before, overrides=await decision.decide(before), version=before.version + 1)
            operation = new_operation(
                deps,
                by,
                decision.action,
                id_,
                before=before.overrides.get(decision.feature),
                after={"feature": decision.feature, **decision.after},
            )
            messages = await write_overrides(
                deps.store, before, after, operation, answer=answer_for(id_), told_on=told_on
            )
            return after, messages

        after, messages = await retry_on_contention(write)
        await publish_messages(deps, [(message["_id"], message["type"]) for message in messages])
        await broadcast_entitlements(deps, [id_])
        return after

    return await run_once(deps, request, act, find=lambda _: reader.entitlement_set(id_))


async def _override_of(deps: Deps, choice: OverrideChoice, *, by: Actor, today: date) -> Override:
    reason = _require_reason(choice.reason, "say why it is given")
    if choice.limit is not None:
        require_quantity(choice.limit, least=0, field="limit")
    if choice.until is not None and choice.until < today:
        raise DateInPast("the last day is over", field=("until",))
    return Override(
        limit=choice.limit,
        until=choice.until,
        reason=reason,
        actor=by.name,
        created_at=await deps.clock.now(),
        config=choice.config,
    )


def _require_reason(text: str, otherwise: str) -> str:
    reason = validate_reason(text)
    if reason is None:
        raise InvalidValue(otherwise, field=("reason",))
    return reason


async def broadcast_entitlements(deps: Deps, customer_ids: list[CustomerId]) -> None:
    """Tell whoever listens that what these customers may use, or do use, has changed."""
    changes = [
        SubscriptionChange(event_id="", type=ENTITLEMENTS_CHANGED, subscription_id="", customer_id=id_)
        for id_ in customer_ids
    ]
    await broadcast_changes(deps.streams, changes)
