/** A coupon as a list shows it: what it takes off, for how long, and whether it can still be redeemed. */

import { type FragmentOf, graphql } from '../../graphql';
import { counted, t, word } from '../../i18n';
import { date, money, number, percent } from '../../i18n/format';

export const COUPON = graphql(`
  fragment CouponRow on Coupon @_unmask {
    id
    code
    name
    kind
    percent
    amount { amount currency }
    duration
    count
    planIds
    cycles
    firstPurchaseOnly
    minimum { amount currency }
    startsOn
    endsOn
    maxRedemptions
    maxPerCustomer
    redeemed
    active
  }
`);

export type Coupon = FragmentOf<typeof COUPON>;

const PERCENT_DIGITS = 2;

/** "20%", "R$ 10,00". */
export function offText({ percent: ofPrice, amount }: Coupon): string {
  return amount ? money(amount) : percent(Number(ofPrice) / 100, PERCENT_DIGITS);
}

/** "uma vez", "por 3 meses". */
export function durationText({ duration, count }: Coupon): string {
  if (duration === 'ONCE') return t('coupons.ONCE');
  if (duration === 'FOREVER') return t('coupons.FOREVER');
  return counted(duration === 'MONTHS' ? 'coupons.months' : 'coupons.periods', count ?? 0);
}

/** How often it was redeemed, and within which limits: "3 de 100, 1 por cliente, primeira compra". */
export function usesText(coupon: Coupon): string {
  const { redeemed, maxRedemptions, maxPerCustomer, firstPurchaseOnly, planIds, cycles, minimum } = coupon;
  const count = number(redeemed);
  return [
    maxRedemptions === null ? count : t('coupons.usesOf', { count, max: number(maxRedemptions) }),
    maxPerCustomer !== null && t('coupons.each', { count: number(maxPerCustomer) }),
    firstPurchaseOnly && t('coupons.first'),
    planIds.length > 0 && counted('coupons.plansCount', planIds.length),
    ...cycles.map((one) => word('cycle', one).toLowerCase()),
    minimum && t('coupons.minimumFrom', { amount: money(minimum) }),
  ]
    .filter(Boolean)
    .join(', ');
}

/** The days on which it can be redeemed, both ends included. */
export function daysText({ startsOn, endsOn }: Coupon): string {
  if (startsOn && endsOn) return t('coupons.between', { start: date(startsOn), end: date(endsOn) });
  if (startsOn) return t('coupons.from', { start: date(startsOn) });
  return endsOn ? t('coupons.until', { end: date(endsOn) }) : t('coupons.always');
}

export function stateOf({ active, redeemed, maxRedemptions }: Coupon): 'OPEN' | 'EXHAUSTED' | 'ARCHIVED' {
  if (!active) return 'ARCHIVED';
  return maxRedemptions !== null && redeemed >= maxRedemptions ? 'EXHAUSTED' : 'OPEN';
}
