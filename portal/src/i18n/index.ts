/** Words: a dictionary for each language, chosen when they are shown. */

import type { couponsPt } from '../admin/coupons/words-pt';
import type { customersPt } from '../admin/customers/words-pt';
import type { invoicesPt } from '../admin/invoices/words-pt';
import type { itemsPt } from '../admin/items/words-pt';
import type { linksPt } from '../admin/links/words-pt';
import type { mailPt } from '../admin/mail/words-pt';
import type { numbersPt } from '../admin/numbers/words-pt';
import type { sellingPt } from '../admin/selling/words-pt';
import type { subscriptionsPt } from '../admin/subscriptions/words-pt';
import type { teamPt } from '../admin/team/words-pt';
import type { webhooksPt } from '../admin/webhooks/words-pt';
import type { adminPt } from '../admin/words-pt';
import { number } from './format';
import { keepLanguage, keptLanguage, type Language, language } from './language';
import { pt } from './pt';
import { refusalsPt } from './refusals-pt';

export type Key =
  | keyof typeof pt
  | keyof typeof refusalsPt
  | keyof typeof adminPt
  | keyof typeof webhooksPt
  | keyof typeof couponsPt
  | keyof typeof customersPt
  | keyof typeof invoicesPt
  | keyof typeof itemsPt
  | keyof typeof numbersPt
  | keyof typeof linksPt
  | keyof typeof sellingPt
  | keyof typeof mailPt
  | keyof typeof subscriptionsPt
  | keyof typeof teamPt;

const words: Record<Language, Partial<Record<string, string>>> = {
  'pt-BR': { ...pt, ...refusalsPt },
  en: {},
};

/** English of pages that are loaded later, which nobody has wanted yet. */
const unread = new Set<() => Promise<Record<string, string>>>();

/** Adds the words of pages that are loaded later, and their English at once where it is spoken. */
export async function learn(
  portuguese: Record<string, string>,
  english: () => Promise<Record<string, string>>,
): Promise<void> {
  Object.assign(words['pt-BR'], portuguese);
  unread.add(english);
  if (language.value === 'en') await readEnglish();
}

async function readEnglish(): Promise<void> {
  for (const read of unread) {
    Object.assign(words.en, await read());
    unread.delete(read);
  }
}

/** Changes the language; English is fetched when somebody first wants it. */
export async function speak(chosen: Language): Promise<void> {
  if (chosen === 'en') {
    const [{ en }, { refusalsEn }] = await Promise.all([import('./en'), import('./refusals-en')]);
    words.en = { ...en, ...refusalsEn, ...words.en };
    await readEnglish();
  }
  keepLanguage(chosen);
}

export function speakAsBefore(): Promise<void> {
  return speak(keptLanguage());
}

/** Returns the text for *key*, with each `{name}` replaced. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const text = words[language.value][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
}

/** Returns the word for a value of an enum; a value that is newer than this page stands for itself. */
export function word(kind: string, value: string): string {
  return words[language.value][`${kind}.${value}`] ?? value;
}

/** Returns the singular or the plural of *key*, with `{count}` replaced. */
export function counted(key: Key, count: number): string {
  const isOne = new Intl.PluralRules(language.value).select(count) === 'one';
  const form = isOne && words[language.value][`${key}.one`] ? `${key}.one` : key;
  return t(form as Key, { count: number(count) });
}
