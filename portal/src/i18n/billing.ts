/** Billing's own words: methods, cycles and periods, as people say them. */

import { type FragmentOf, graphql } from '../graphql';
import { plusDays } from './business-day';
import { date, type Money, money, shortDate } from './format';
import { t, word } from './index';

export const LINE = graphql(`
  fragment Line on InvoiceLine @_unmask {
    kind
    description
    total { amount currency }
    taxes {
      amount { amount currency }
      pt: text(language: PORTUGUESE)
      en: text(language: ENGLISH)
    }
    explanation {
      pt: text(language: PORTUGUESE, dated: true)
      en: text(language: ENGLISH, dated: true)
    }
  }
`);

export type Line = FragmentOf<typeof LINE>;

export type Method = { kind: string; brand: string | null; lastFour: string | null };
type Period = { start: string; end: string };

/** "Visa final 4242", "Pix". */
export function methodText(method: Method | null): string {
  if (!method) return t('method.none');
  if (!method.lastFour) return word('method', method.kind);
  const brand = method.brand && method.brand !== 'unknown' ? method.brand : t('method.card');
  return t('method.ending', {
    brand: brand.charAt(0).toUpperCase() + brand.slice(1),
    lastFour: method.lastFour,
  });
}

/** How a payment was made: the operator's word for it where its money came past Ciclo. */
export function wayPaidText(payment: { paymentMethod: Method | null; paidOutside: string | null }): string {
  return payment.paidOutside
    ? t('method.outside', { how: payment.paidOutside })
    : methodText(payment.paymentMethod);
}

/** "Aluno, mensal". */
export function planText(plan: { name: string; billingCycle: string }): string {
  return `${plan.name}, ${word('cycle', plan.billingCycle).toLowerCase()}`;
}

/** "1 a 30 nov. 2026" is written "1 nov. a 30 nov. 2026": both days belong to it, as on the PDF. */
export function periodText({ start, end }: Period): string {
  const last = plusDays(end, -1);
  const isOfOneYear = start.slice(0, 4) === last.slice(0, 4);
  return t('period', { start: isOfOneYear ? shortDate(start) : date(start), end: date(last) });
}

/** What an invoice is for, in a few words. */
export function invoiceText(invoice: {
  kind: string;
  lines: readonly Pick<Line, 'kind' | 'description'>[];
}): string {
  const taken = invoice.lines.findLast((line) => line.kind === 'SERVICE') ?? invoice.lines[0];
  const plan = taken?.description ?? '';
  if (invoice.kind === 'ONE_OFF') {
    return invoice.lines.length > 1
      ? t('invoice.oneOff', { first: plan, count: invoice.lines.length - 1 })
      : plan;
  }
  return invoice.kind === 'PERIOD'
    ? plan
    : t(invoice.kind === 'PLAN_CHANGE' ? 'invoice.change' : 'invoice.resumption', { plan });
}

/** The days that an invoice is for; nothing for one of items, which is for none. */
export function invoicePeriodText({ kind, period }: { kind: string; period: Period }): string {
  return kind === 'ONE_OFF' ? '' : periodText(period);
}

/** "R$ 287,04 por ano", "R$ 29,90 por mês". */
export function priceText(price: Money, cycle: string): string {
  return t('price', { price: money(price), cycle: word('per', cycle) });
}

type Running = { status: string; cancelAtPeriodEnd?: boolean };

/** The state as people are told it: one that is going to end is not simply active. */
export function stateOf({ status, cancelAtPeriodEnd = false }: Running): string {
  return cancelAtPeriodEnd && (status === 'ACTIVE' || status === 'TRIALING') ? 'ENDING' : status;
}

/** Whether the plan can be changed now; what is unpaid or paused has to be settled first. */
export function canChangePlan({ status }: Running): boolean {
  return status === 'ACTIVE' || status === 'TRIALING';
}
