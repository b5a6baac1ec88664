/** The fields of a coupon's limits, which can be changed later: its name, its days, and how often it is used. */

import { t } from '../../i18n';
import { TextField } from '../../ui/field';
import { wholeOf } from '../amount';

export const LIMIT_FIELDS = ['name', 'startsOn', 'endsOn', 'maxRedemptions', 'maxPerCustomer'] as const;
const NAME_CHARS_MAX = 120;

type Field = (typeof LIMIT_FIELDS)[number];
export type LimitsDraft = Record<Field, string>;
export type LimitsWrong = Partial<Record<Field, string>>;
export type Limits = {
  name: string;
  startsOn: string | null;
  endsOn: string | null;
  maxRedemptions: number | null;
  maxPerCustomer: number | null;
};

type FieldsProps = {
  draft: LimitsDraft;
  wrong: LimitsWrong;
  onDraft: (changed: Partial<LimitsDraft>) => void;
};

export function NameField({ draft, wrong, onDraft }: FieldsProps) {
  return (
    <TextField
      label={t('coupons.name')}
      value={draft.name}
      error={wrong.name}
      onValue={(name) => onDraft({ name })}
      required
      maxLength={NAME_CHARS_MAX}
    />
  );
}

export function LimitFields({ draft, wrong, onDraft }: FieldsProps) {
  const field = (name: Field) => ({
    value: draft[name],
    error: wrong[name],
    onValue: (value: string) => onDraft({ [name]: value }),
  });
  return (
    <>
      <div class="pair">
        <TextField label={t('coupons.startsOn')} {...field('startsOn')} type="date" />
        <TextField label={t('coupons.endsOn')} {...field('endsOn')} type="date" />
      </div>
      <div class="pair">
        <TextField
          label={t('coupons.maxRedemptions')}
          hint={t('coupons.noLimit')}
          {...field('maxRedemptions')}
          inputMode="numeric"
        />
        <TextField
          label={t('coupons.maxPerCustomer')}
          hint={t('coupons.noLimit')}
          {...field('maxPerCustomer')}
          inputMode="numeric"
        />
      </div>
    </>
  );
}

/** Returns what the fields say, and what is wrong with each that can't be read. */
export function limitsOf(draft: LimitsDraft): { limits: Limits; wrong: LimitsWrong } {
  const wrong: LimitsWrong = {};
  const optional = (name: 'maxRedemptions' | 'maxPerCustomer'): number | null => {
    if (!draft[name].trim()) return null;
    const value = wholeOf(draft[name]);
    if (value === null) wrong[name] = t('coupons.numberWrong');
    return value;
  };
  const limits = {
    name: draft.name.trim(),
    startsOn: draft.startsOn || null,
    endsOn: draft.endsOn || null,
    maxRedemptions: optional('maxRedemptions'),
    maxPerCustomer: optional('maxPerCustomer'),
  };
  if (!limits.name) wrong.name = t('coupons.nameMissing');
  return { limits, wrong };
}
