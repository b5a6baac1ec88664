"""The register of coupons: create, limit, archive, and make codes that are redeemed once."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from functools import partial

from ciclo.actions.access.operations import new_operation
from ciclo.actions.contention import retry_on_contention
from ciclo.actions.dependencies import Deps, generate_id
from ciclo.actions.idempotency import AnswerFor, run_once
from ciclo.domain.coupons.code import RANDOM_CHARS, code_of, normalize_code
from ciclo.domain.coupons.coupon import (
    Coupon,
    CouponLimits,
    archive_coupon,
    limit_coupon,
    validate_coupon,
)
from ciclo.domain.coupons.discount import DiscountOffer
from ciclo.domain.errors.coupons import CouponCodeTaken, CouponNotFound
from ciclo.domain.errors.general import InvalidValue
from ciclo.domain.ids import CouponId, parse_id
from ciclo.domain.money import Money
from ciclo.store.idempotency import IdempotentRequest
from ciclo.store.mongo.bulk_write import DuplicateKey
from ciclo.store.selling.coupons import (
    CODES_MAX,
    add_codes,
    add_coupon,
    find_codes,
    find_coupon,
    replace_coupon,
)
from ciclo.viewer import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponDraft:
    """What a new coupon is to be. Without a code it has only those that are made for it."""

    code: str | None
    name: str
    offer: DiscountOffer
    first_purchase_only: bool
    minimum: Money | None
    starts_on: date | None
    ends_on: date | None
    redemptions_max: int | None
    redemptions_per_customer_max: int | None


async def create_coupon(
    deps: Deps, draft: CouponDraft, *, by: Actor, request: IdempotentRequest | None = None
) -> Coupon:
    """Offer a discount.

    Raises:
        InvalidValue, AmountOutOfRange, UnknownCurrency: a field is outside its bounds.
        CouponCodeTaken: another coupon has the code, or had it.
        IdempotencyKeyReused: the key was used with another request.
    """
    now = await deps.clock.now()
    coupon = validate_coupon(
        Coupon(
            id=CouponId(generate_id("cpn", now)),
            code=normalize_code(draft.code) if draft.code is not None else None,
            name=draft.name,
            offer=draft.offer,
            first_purchase_only=draft.first_purchase_only,
            minimum=draft.minimum,
            starts_on=draft.starts_on,
            ends_on=draft.ends_on,
            redemptions_max=draft.redemptions_max,
            redemptions_per_customer_max=draft.redemptions_per_customer_max,
            created_at=now,
            updated_at=now,
        )
    )

    async def act(answer_for: AnswerFor) -> Coupon:
        operation = new_operation(deps, by, "createCoupon", coupon.id, after=coupon)
        try:
            await add_coupon(deps.store, coupon, operation, answer=answer_for(coupon.id))
        except DuplicateKey as duplicate:
            raise _taken(duplicate) from duplicate
        return coupon

    return await run_once(deps, request, act, find=partial(get_coupon, deps))


async def update_coupon(
    deps: Deps,
    coupon_id: str,
    limits: Callable[[Coupon], CouponLimits],
    *,
    by: Actor,
    request: IdempotentRequest | None = None,
) -> Coupon:
    """Change the limits of a coupon; what it gives was promised, and stays.

    Raises:
        CouponNotFound: it is not there.
        InvalidValue: a limit is outside its bounds.
        Conflict: others kept changing it.
    """

    async def change(answer_for: AnswerFor) -> Coupon:
        coupon = await get_coupon(deps, coupon_id)
        after = limit_coupon(coupon, limits(coupon), at=await deps.clock.now())
        operation = new_operation(deps, by, "updateCoupon", coupon.id, before=coupon, after=after)
        await replace_coupon(deps.store, coupon, after, operation, answer=answer_for(coupon.id))
        return after

    return await _run_once(deps, request, change)


async def close_coupon(
    deps: Deps, coupon_id: str, *, by: Actor, request: IdempotentRequest | None = None
) -> Coupon:
    """Let nobody redeem a coupon any more; doing it twice changes nothing.

    Raises:
        CouponNotFound: it is not there.
        Conflict: others kept changing it.
    """

    async def archive(answer_for: AnswerFor) -> Coupon:
        coupon = await get_coupon(deps, coupon_id)
        if not coupon.active:
            return coupon
        after = archive_coupon(coupon, at=await deps.clock.now())
        operation = new_operation(deps, by, "archiveCoupon", coupon.id, before=coupon, after=after)
        await replace_coupon(deps.store, coupon, after, operation, answer=answer_for(coupon.id))
        return after

    return await _run_once(deps, request, archive)


async def create_codes(
    deps: Deps,
    coupon_id: str,
    *,
    count: int,
    prefix: str,
    by: Actor,
    request: IdempotentRequest | None = None,
) -> list[str]:
    """Make codes of a coupon, each of which is redeemed once.

    Raises:
        CouponNotFound: it is not there, or is archived.
        InvalidValue: the count is out of range, or the prefix is too long.
    """
    if not 1 <= count <= CODES_MAX:
        raise InvalidValue(f"count allows 1 to {CODES_MAX}", field=("count",))
    coupon = await get_coupon(deps, coupon_id)
    if not coupon.active:
        raise CouponNotFound().at("coupon_id")
    codes = _random_codes(prefix, count)

    async def act(answer_for: AnswerFor) -> list[str]:
        operation = new_operation(deps, by, "createCouponCodes", coupon.id, after={"count": count})
        await add_codes(deps.store, coupon.id, codes, operation, answer=answer_for(operation.id))
        return codes

    return await run_once(deps, request, act, find=partial(find_codes, deps.store))


async def get_coupon(deps: Deps, coupon_id: str) -> Coupon:
    """Return a coupon.

    Raises:
        MalformedId, CouponNotFound: there is none.
    """
    coupon = await find_coupon(deps.store, parse_id("cpn", coupon_id))
    if coupon is None:
        raise CouponNotFound().at("coupon_id")
    return coupon


def _random_codes(prefix: str, count: int) -> list[str]:
    """Return *count* codes, no two alike; of 2^49 possible ones the store refuses what is taken."""
    try:
        codes = {code_of(prefix, secrets.token_bytes(RANDOM_CHARS)) for _ in range(count)}
    except InvalidValue as error:
        raise error.at("prefix") from None
    return sorted(codes)


def _taken(duplicate: DuplicateKey) -> Exception:
    return CouponCodeTaken() if duplicate.collection == "coupon_codes" else duplicate


async def _run_once(
    deps: Deps, request: IdempotentRequest | None, change: Callable[[AnswerFor], Awaitable[Coupon]]
) -> Coupon:
    """Make a change once under the request's key, starting again while others change the coupon."""

    async def act(answer_for: AnswerFor) -> Coupon:
        return await retry_on_contention(partial(change, answer_for))

    return await run_once(deps, request, act, find=partial(get_coupon, deps))
