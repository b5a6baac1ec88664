/** The fields of a price: how much, of which currency, how often, and after how many days of trial. */

import { t, word } from '../../i18n';
import { Select, TextField } from '../../ui/field';
import { decimalOf, typedOf, wholeOf } from '../amount';

const CYCLES = ['MONTHLY', 'QUARTERLY', 'SEMIANNUAL', 'ANNUAL'] as const;
const TRIAL_DAYS_MAX = 365;
const CURRENCY_CHARS = 3;

type Cycle = (typeof CYCLES)[number];
type Field = 'amount' | 'currency' | 'billingCycle' | 'trialDays';
export type PriceDraft = { amount: string; currency: string; billingCycle: Cycle; trialDays: string };
export type PriceWrong = Partial<Record<Field, string>>;
export type Price = {
  price: { amount: string; currency: string };
  billingCycle: Cycle;
  trialDays: number;
};

type PriceFieldsProps = { draft: PriceDraft; wrong: PriceWrong; onDraft: (draft: PriceDraft) => void };

export function PriceFields({ draft, wrong, onDraft }: PriceFieldsProps) {
  const field = (name: Field) => ({
    value: draft[name],
    error: wrong[name],
    onValue: (value: string) => onDraft({ ...draft, [name]: value }),
  });
  return (
    <>
      <div class="pair">
        <TextField
          label={t('checkout.priceName')}
          {...field('amount')}
          inputMode="decimal"
          placeholder={typedOf('29.90')}
          required
        />
        <TextField label={t('product.currency')} {...field('currency')} maxLength={CURRENCY_CHARS} required />
      </div>
      <div class="pair">
        <Select
          label={t('plans.cycle')}
          {...field('billingCycle')}
          options={CYCLES.map((one) => [one, word('cycle', one)] as const)}
        />
        <TextField label={t('plan.trialDays')} {...field('trialDays')} inputMode="numeric" required />
      </div>
    </>
  );
}

/** Returns what the fields say, or what is wrong with each that can't be read. */
export function priceOf(draft: PriceDraft): { price?: Price; wrong?: PriceWrong } {
  const amount = decimalOf(draft.amount);
  const trialDays = wholeOf(draft.trialDays);
  const wrong: PriceWrong = {};
  if (amount === null) wrong.amount = t('amount.wrong');
  if (trialDays === null || trialDays > TRIAL_DAYS_MAX) wrong.trialDays = t('plan.trialWrong');
  if (amount === null || trialDays === null || wrong.trialDays) return { wrong };
  const currency = draft.currency.trim().toUpperCase();
  return { price: { price: { amount, currency }, billingCycle: draft.billingCycle, trialDays } };
}
