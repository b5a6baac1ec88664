"""The register of features: how each is counted, and which nobody is given any more."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from ciclo.actions.access.operations import new_operation
from ciclo.actions.dependencies import Deps
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.domain.entitlements.feature import FEATURES_MAX, Feature, validate_feature
from ciclo.domain.errors.entitlements import FeatureArchived, FeatureNotFound
from ciclo.domain.errors.general import LimitExceeded
from ciclo.store.entitlements.features import find_features, write_feature
from ciclo.store.idempotency import IdempotentRequest
from ciclo.viewer import Actor


async def register_feature(
    deps: Deps, feature: Feature, *, by: Actor, request: IdempotentRequest | None = None
) -> Feature:
    """Say how a feature is counted, from now on and for everybody who has it; an archived one is back then.

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


async def archive_feature(
    deps: Deps, key: str, *, by: Actor, request: IdempotentRequest | None = None
) -> Feature:
    """Let nobody be given a feature any more, by an override or a plan; who has it keeps it.

    Raises:
        FeatureNotFound: none is registered under this key.
    """

    async def act(answer_for: AnswerFor) -> Feature:
        known = await _get_feature(deps, key)
        archived = replace(known, archived=True, updated_at=await deps.clock.now())
        operation = new_operation(deps, by, "archiveFeature", key, before=known, after=archived)
        await write_feature(deps.store, archived, operation, answer=answer_for(key))
        return archived

    return await run_once(deps, request, act, find=partial(_get_feature, deps))


async def require_on_offer(deps: Deps, names: Iterable[str], *, field: str = "features") -> None:
    """Check that a plan or product may name these features.

    Raises:
        FeatureArchived: one is archived.
    """
    wanted = set(names)
    if not wanted:
        return
    for feature in (await find_features(deps.store)).values():
        if feature.archived and feature.key in wanted:
            raise FeatureArchived(feature.key).at(field)


async def _get_feature(deps: Deps, key: str) -> Feature:
    feature = (await find_features(deps.store)).get(key)
    if feature is None:
        raise FeatureNotFound
    return feature
