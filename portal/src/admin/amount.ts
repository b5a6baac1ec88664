/** Numbers and amounts as people type them, and what is left of one: digits throughout, never a float. */

import type { Money } from '../i18n/format';
import { language } from '../i18n/language';

/** "1.234,56" as Portuguese groups digits, "1,234.56" as English does; a comma alone is a point in both. */
const GROUPED = {
  'pt-BR': /^\d{1,3}(?:\.\d{3})+(?:,\d{1,2})?$/,
  en: /^\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?$/,
};
const PLAIN = /^\d{1,12}(?:[.,]\d{1,2})?$/;

/** Returns what somebody typed as the API takes it, "1234.56", or null if it is no amount. */
export function decimalOf(typed: string): string | null {
  const text = typed.trim();
  if (GROUPED[language.value].test(text)) {
    const group = language.value === 'en' ? ',' : '.';
    return text.replaceAll(group, '').replace(',', '.');
  }
  return PLAIN.test(text) ? text.replace(',', '.') : null;
}

/** Returns the whole number that somebody typed, or null if it is none. */
export function wholeOf(typed: string): number | null {
  return /^\d{1,9}$/.test(typed.trim()) ? Number(typed) : null;
}

/** Returns an amount of the API as somebody here would type it. */
export function typedOf(amount: string): string {
  return language.value === 'en' ? amount : amount.replace('.', ',');
}

export function difference(whole: Money, part: Money): Money {
  const places = Math.max(placesOf(whole.amount), placesOf(part.amount));
  return moneyOf(minor(whole.amount, places) - minor(part.amount, places), places, whole.currency);
}

/** Returns the sum of *amounts*, one at least, all in one currency. */
export function total(amounts: readonly Money[]): Money {
  const places = Math.max(...amounts.map(({ amount }) => placesOf(amount)));
  const sum = amounts.reduce((so, { amount }) => so + minor(amount, places), 0n);
  return moneyOf(sum, places, amounts[0]?.currency ?? '');
}

function moneyOf(units: bigint, places: number, currency: string): Money {
  const digits = String(units).padStart(places + 1, '0');
  const amount = places ? `${digits.slice(0, -places)}.${digits.slice(-places)}` : digits;
  return { amount, currency };
}

function placesOf(amount: string): number {
  return amount.split('.')[1]?.length ?? 0;
}

function minor(amount: string, places: number): bigint {
  const [whole = '0', rest = ''] = amount.split('.');
  return BigInt(whole + rest.padEnd(places, '0'));
}
