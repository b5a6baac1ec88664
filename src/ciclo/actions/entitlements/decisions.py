"""What operators decide of entitlements: how features are counted, and what one customer gets of them."""

from dataclasses import asdict, dataclass, replace
from datetime import date
from functools import partial

from ciclo.actions.access.operations import new_operation
from ciclo.actions.caller import NOBODY, Caller
from ciclo.actions.contention import retry_on_contention
from ciclo.actions.dependencies import Deps
from ciclo.actions.entitlements.reading import Reader
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.actions.live_updates import ENTITLEMENTS_CHANGED, SubscriptionChange, broadcast_changes
from ciclo.domain.entitlements.allowance import EntitlementSet, Override
from ciclo.domain.entitlements.feature import FEATURES_MAX, Feature, validate_feature
from ciclo.domain.entitlements.usage import require_quantity
from ciclo.domain.errors.entitlements import FeatureNotFound
from ciclo.domain.errors.general import DateInPast, InvalidValue, LimitExceeded
from ciclo.domain.errors.payments import CustomerNotFound
from ciclo.domain.free_text import validate_reason
from ciclo.domain.ids import CustomerId, parse_id
from ciclo.email_address import normalize_email
from ciclo.store.customers import find_customer_by_email
from ciclo.store.entitlements.features import find_features, write_feature
from ciclo.store.entitlements.sets import write_overrides
from ciclo.store.idempotency import IdempotentRequest
from ciclo.viewer import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideChoice:
    """What a customer is to get of a feature; no limit: as much as they like."""

    feature: str
    limit: int | None
    until: date | None
    reason: str


async def name_entitled(
    deps: Deps, *, customer_id: str | None, email: str | None, caller: Caller
) -> CustomerId:
    """Return whose entitlements are meant: an operator names anybody, a customer nobody or themselves.

    Raises:
        CustomerNotFound: there is no such customer, or they are somebody else.
        MalformedId, InvalidValue: the id or the address is none; or an operator names nobody.
    """
    own = caller.owner
    if customer_id is None and email is None:
        if own is None:
            raise InvalidValue("name the customer", field=("customer",))
        named = own
    elif customer_id is not None:
        named = CustomerId(parse_id("cus", customer_id))
    else:
        known = await find_customer_by_email(deps.store, normalize_email(email or ""))
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
        InvalidValue, DateInPast: the limit is out of range, no reason is given, or its last day is over.
        Conflict: others kept changing what the customer has.
    """
    reader, id_ = Reader(deps), CustomerId(parse_id("cus", customer_id))
    override = await _override_of(deps, choice, by=by, today=await reader.today())

    async def act(answer_for: AnswerFor) -> EntitlementSet:
        async def write() -> EntitlementSet:
            entitlements = await reader.entitlement_set(id_)
            (await reader.catalogue()).feature(choice.feature, entitlements)
            operation = new_operation(
                deps,
                by,
                "overrideEntitlement",
                id_,
                before=entitlements.overrides.get(choice.feature),
                after={"feature": choice.feature, **asdict(override)},
            )
            overrides = {**entitlements.overrides, choice.feature: override}
            after = replace(entitlements, overrides=overrides, version=entitlements.version + 1)
            await write_overrides(deps.store, entitlements, after, operation, answer=answer_for(id_))
            return after

        after = await retry_on_contention(write)
        await broadcast_entitlements(deps, [id_])
        return after

    return await run_once(deps, request, act, find=lambda _: reader.entitlement_set(id_))


async def _override_of(deps: Deps, choice: OverrideChoice, *, by: Actor, today: date) -> Override:
    reason = validate_reason(choice.reason)
    if reason is None:
        raise InvalidValue("say why it is given", field=("reason",))
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
    )


async def register_feature(
    deps: Deps, feature: Feature, *, by: Actor, request: IdempotentRequest | None = None
) -> Feature:
    """Say how a feature is counted, from now on and for everybody who has it.

    Raises:
        InvalidValue: its key or name is out of bounds.
        LimitExceeded: there are FEATURES_MAX of them.
    """
    registered = replace(validate_feature(feature), updated_at=await deps.clock.now())

    async def act(answer_for: AnswerFor) -> Feature:
        known = await find_features(deps.store)
        if feature.key not in known and len(known) >= FEATURES_MAX:
            raise LimitExceeded(f"{FEATURES_MAX} features at most")
        operation = new_operation(
            deps, by, "registerFeature", feature.key, before=known.get(feature.key), after=registered
        )
        await write_feature(deps.store, registered, operation, answer=answer_for(feature.key))
        return registered

    return await run_once(deps, request, act, find=partial(_get_feature, deps))


async def _get_feature(deps: Deps, key: str) -> Feature:
    feature = (await find_features(deps.store)).get(key)
    if feature is None:
        raise FeatureNotFound
    return feature


async def broadcast_entitlements(deps: Deps, customer_ids: list[CustomerId]) -> None:
    """Tell whoever listens that what these customers may use, or do use, has changed."""
    changes = [
        SubscriptionChange(event_id="", type=ENTITLEMENTS_CHANGED, subscription_id="", customer_id=id_)
        for id_ in customer_ids
    ]
    await broadcast_changes(deps.streams, changes)
