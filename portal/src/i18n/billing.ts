/** Billing's own words: methods, cycles, lines and periods, as people say them. */

import { type FragmentOf, graphql } from '../graphql';
import { type Money, money, shortDate } from './format';
import { counted, t, word } from './index';

export const LINE = graphql(`
  fragment Line on InvoiceLine @_unmask {
    kind
    description
    net { amount currency }
    discounts { code amount { amount currency } }
    taxes { name inclusive amount { amount currency } }
    period { start end }
    explanation { days totalDays quantity unitPrice { amount currency } }
  }
`);

export type Line = FragmentOf<typeof LINE>;

export type Method = { kind: string; brand: string | null; lastFour: string | null };
type Period = { start: string; end: string };

/** "Visa final 4242", "PIX". */
export function methodText(method: Method | null): string {
  if (!method) return t('method.none');
  if (!method.lastFour) return word('method', method.kind);
  const brand = method.brand && method.brand !== 'unknown' ? method.brand : t('method.card');
  return t('method.ending', {
    brand: brand.charAt(0).toUpperCase() + brand.slice(1),
    lastFour: method.lastFour,
  });
}

/** "Aluno, mensal". */
export function planText(plan: { name: string; billingCycle: string }): string {
  return `${plan.name}, ${word('cycle', plan.billingCycle).toLowerCase()}`;
}

/** "1 nov. a 1 dez." */
export function periodText({ start, end }: Period): string {
  return t('period', { start: shortDate(start), end: shortDate(end) });
}

/** What an invoice is for, in a few words. */
export function invoiceText(invoice: {
  kind: string;
  lines: readonly Pick<Line, 'kind' | 'description'>[];
}): string {
  const taken = invoice.lines.findLast((line) => line.kind === 'SERVICE') ?? invoice.lines[0];
  const plan = taken?.description ?? '';
  return invoice.kind === 'PERIOD'
    ? plan
    : t(invoice.kind === 'PLAN_CHANGE' ? 'invoice.change' : 'invoice.resumption', { plan });
}

/** How a line's amount came about: "18 de 31 dias × R$ 79,90". */
export function explanationText({ explanation }: Pick<Line, 'explanation'>): string {
  const { days, totalDays, quantity } = explanation;
  const price = money(explanation.unitPrice) + (quantity > 1 ? ` × ${quantity}` : '');
  if (totalDays === 0) return price;
  if (days === totalDays) return t('line.full', { days: counted('days', days), price });
  return t('line.part', { days, total: counted('days', totalDays), price });
}

/** What coupons take off a line, and which taxes are on or in it: "VERAO −R$ 15,98, ISS R$ 3,20". */
export function partsText({ discounts, taxes }: Pick<Line, 'discounts' | 'taxes'>): string {
  return [
    ...discounts.map((one) => t('line.discount', { code: one.code, amount: money(one.amount) })),
    ...taxes
      .filter((one) => one.name)
      .map((one) =>
        t(one.inclusive ? 'line.taxWithin' : 'line.tax', { name: one.name ?? '', amount: money(one.amount) }),
      ),
  ].join(', ');
}

/** What a line is: the days that are charged, or given back. */
export function lineText({ kind, description }: Pick<Line, 'kind' | 'description'>): string {
  return t(kind === 'UNUSED' ? 'line.unused' : 'line.service', { plan: description });
}

/** "R$ 287,04 por ano", "R$ 29,90 por mês". */
export function priceText(price: Money, cycle: string): string {
  return t('price', { price: money(price), cycle: word('per', cycle) });
}
