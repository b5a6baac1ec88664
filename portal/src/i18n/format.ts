/** Money, dates and numbers as people read them: by Intl, in the chosen language, in the data's currency. */

import { dayOf, ZONE } from './business-day';
import { language } from './language';

export type Money = { amount: string; currency: string };

type Options = Intl.NumberFormatOptions & Intl.DateTimeFormatOptions;

const made = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>();

/** Decimal text stays text: it never becomes a float on its way to the screen. */
export function money({ amount, currency }: Money): string {
  return numbers({ style: 'currency', currency })
    .format(amount as `${number}`)
    .replace('-', '\u2212');
}

/** For axes: "R$ 120 mil". */
export function shortMoney(amount: number, currency: string): string {
  return numbers({ style: 'currency', currency, notation: 'compact', maximumFractionDigits: 1 }).format(
    amount,
  );
}

export function number(value: number): string {
  return numbers({}).format(value);
}

export function percent(ratio: number, digits = 0): string {
  return numbers({ style: 'percent', maximumFractionDigits: digits }).format(ratio);
}

/** A calendar date such as 2026-12-01: "1 dez. 2026", "Dec 1, 2026". */
export function date(day: string): string {
  return plain(dates({ day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(utc(day)));
}

/** The same, for columns: "01 dez. 2026". */
export function columnDate(day: string): string {
  return plain(dates({ day: '2-digit', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(utc(day)));
}

/** "1 dez.", "Dec 1". */
export function shortDate(day: string): string {
  return plain(dates({ day: 'numeric', month: 'short', timeZone: 'UTC' }).format(utc(day)));
}

/** "dez.", "Dec". */
export function month(day: string): string {
  return plain(dates({ month: 'short', timeZone: 'UTC' }).format(utc(day)));
}

/** "novembro de 2026", "November 2026". */
export function monthName(day: string): string {
  return dates({ month: 'long', year: 'numeric', timeZone: 'UTC' }).format(utc(day));
}

/** The day of an instant on the seller's calendar, for columns. */
export function instantDate(instant: string): string {
  return columnDate(dayOf(instant));
}

/** The same, within a text. */
export function instantDay(instant: string): string {
  return date(dayOf(instant));
}

export function instant(value: string): string {
  const day = { day: '2-digit', month: 'short', hour: '2-digit', minute: '2-digit', timeZone: ZONE } as const;
  return plain(dates(day).format(new Date(value)));
}

/** "23:59:08", "04:12". */
export function countdown(seconds: number): string {
  const parts = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60, Math.floor(seconds) % 60];
  return (parts[0] ? parts : parts.slice(1)).map((part) => String(part).padStart(2, '0')).join(':');
}

/** Portuguese writes "1 de dez. de 2026"; lists read better without, and on one line. */
function plain(text: string): string {
  return text.replaceAll(' de ', ' ').replaceAll(' ', '\u00a0');
}

function utc(day: string): Date {
  return new Date(`${day}T00:00:00Z`);
}

function numbers(options: Options): Intl.NumberFormat {
  return formatter('n', options, () => new Intl.NumberFormat(language.value, options)) as Intl.NumberFormat;
}

function dates(options: Options): Intl.DateTimeFormat {
  return formatter(
    'd',
    options,
    () => new Intl.DateTimeFormat(language.value, options),
  ) as Intl.DateTimeFormat;
}

/** Formatters are slow to make, so each is made once. */
function formatter(kind: string, options: Options, make: () => Intl.NumberFormat | Intl.DateTimeFormat) {
  const key = `${language.value}${kind}${JSON.stringify(options)}`;
  const known = made.get(key) ?? make();
  made.set(key, known);
  return known;
}
