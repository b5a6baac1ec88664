/** What an event was about, in few words: how much, by what, from which plan to which. */

import { t } from '../i18n';
import { methodText, planText } from '../i18n/billing';
import { date, money } from '../i18n/format';
import { declineText } from '../i18n/refusals';
import type { EventRow } from './event-rows';

type Data = Record<string, unknown>;
type Plan = { name: string; billingCycle: string };

/** Returns what is known of *event*; *before* is the plan that a change left, where its history says so. */
export function detailOf({ type, data }: EventRow, before?: Plan): string {
  const given = (data ?? {}) as Data;
  const parts = [
    takenText(type, planOf(given), before),
    amountText(given),
    methodOf(given),
    typeof given.failure_code === 'string' ? declineText(given.failure_code) : null,
    typeof given.until === 'string' ? t('event.until', { date: date(given.until) }) : null,
    typeof given.reason === 'string' ? `“${given.reason}”` : null,
  ];
  return parts.filter(Boolean).join(', ');
}

/** Returns the plan that each change of *rows* left; they may come in any order. */
export function plansBefore(rows: readonly EventRow[]): Map<string, Plan> {
  const found = new Map<string, Plan>();
  let current: Plan | null = null;
  const inOrder = rows
    .filter((row) => row.seq !== null)
    .toSorted((one, other) => (one.seq ?? 0) - (other.seq ?? 0));
  for (const row of inOrder) {
    const plan = planOf((row.data ?? {}) as Data);
    if (!plan) continue;
    if (current && row.type === 'PLAN_CHANGED') found.set(row.id, current);
    current = plan;
  }
  return found;
}

function takenText(type: string, plan: Plan | null, before: Plan | undefined): string | null {
  if (!plan) return null;
  if (type !== 'PLAN_CHANGED') return planText(plan);
  return before
    ? t('event.fromTo', { from: planText(before), to: planText(plan) })
    : t('event.to', { to: planText(plan) });
}

function planOf({ terms }: Data): Plan | null {
  if (!terms || typeof terms !== 'object') return null;
  const { plan_name: name, billing_cycle: billingCycle } = terms as Record<string, string>;
  return name && billingCycle ? { name, billingCycle } : null;
}

/** Events count in the currency's smallest unit. */
export function amountText({ amount, currency }: Data): string | null {
  if (typeof amount !== 'number' || typeof currency !== 'string') return null;
  const { maximumFractionDigits: places = 2 } = new Intl.NumberFormat('en', {
    style: 'currency',
    currency,
  }).resolvedOptions();
  return money({ amount: (amount / 10 ** places).toFixed(places), currency });
}

export function methodOf({ method }: Data): string | null {
  if (!method || typeof method !== 'object') return null;
  const { kind = '', brand, last_four } = method as Record<string, string | null>;
  return methodText({ kind: kind ?? '', brand: brand ?? null, lastFour: last_four ?? null });
}
