/** A plan as it is written down: text in fields, read into the API's input in one place. */

import { useState } from 'preact/hooks';
import type { Problem } from '../api/acting';
import { t, word } from '../i18n';
import { Button } from '../ui/button';
import { Select, TextArea, TextField } from '../ui/field';
import { FormProblem, fieldErrors } from '../ui/problem';
import { decimalOf, typedOf, wholeOf } from './amount';
import { linesOf } from './plan-lines';
import { AudienceField } from './selling/audience-field';
import { type Limit, type LimitDraft, LimitRows, limitDraft, limitsOf } from './selling/limit-rows';
import { useUnsaved } from './unsaved';

const CYCLES = ['MONTHLY', 'QUARTERLY', 'SEMIANNUAL', 'ANNUAL'] as const;
type Cycle = (typeof CYCLES)[number];

export type Draft = {
  name: string;
  description: string;
  amount: string;
  currency: string;
  billingCycle: Cycle;
  userType: string;
  trialDays: string;
  features: string;
  limits: LimitDraft[];
};

export const NO_DRAFT: Draft = {
  name: '',
  description: '',
  amount: '',
  currency: 'BRL',
  billingCycle: 'MONTHLY',
  userType: '',
  trialDays: '7',
  features: '',
  limits: [],
};

const NAME_CHARS_MAX = 120;
const DESCRIPTION_CHARS_MAX = 2_000;
const TRIAL_DAYS_MAX = 365;

const FIELDS = [
  'name',
  'description',
  'amount',
  'billingCycle',
  'userType',
  'trialDays',
  'features',
  'limits',
] as const;

type Field = (typeof FIELDS)[number];
type Wrong = Partial<Record<Field, string>>;
export type Terms = {
  name: string;
  description: string;
  price: { amount: string; currency: string };
  billingCycle: Cycle;
  userType: string | null;
  trialDays: number;
  features: string[];
  limits: Limit[];
};

type PlanFormProps = {
  start: Draft;
  submitText: string;
  isBusy: boolean;
  problem: Problem;
  onSubmit: (terms: Terms) => Promise<void>;
};

export function PlanForm({ start, submitText, isBusy, problem, onSubmit }: PlanFormProps) {
  const [draft, setDraft] = useState(start);
  const [wrong, setWrong] = useState<Wrong>({});
  const errors: Wrong = { ...fieldErrors(problem.errors, FIELDS), ...wrong };
  useUnsaved(draft);
  const field = (name: Exclude<Field, 'limits'>) => ({
    value: draft[name],
    error: errors[name],
    onValue: (value: string) => setDraft({ ...draft, [name]: value }),
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const read = termsOf(draft);
    setWrong(read.wrong);
    if (!isBusy && read.terms) void onSubmit(read.terms);
  };
  return (
    <form class="form narrow" onSubmit={submit} noValidate>
      <FormProblem problem={problem} fields={FIELDS} />
      <TextField label={t('plan.name')} {...field('name')} required maxLength={NAME_CHARS_MAX} />
      <TextField label={t('plan.description')} {...field('description')} maxLength={DESCRIPTION_CHARS_MAX} />
      <div class="pair">
        <TextField
          label={t('plan.price', { currency: draft.currency })}
          {...field('amount')}
          inputMode="decimal"
          placeholder={typedOf('29.90')}
          required
        />
        <Select
          label={t('plans.cycle')}
          {...field('billingCycle')}
          options={CYCLES.map((one) => [one, word('cycle', one)] as const)}
        />
      </div>
      <div class="pair">
        <AudienceField {...field('userType')} />
        <TextField label={t('plan.trialDays')} {...field('trialDays')} inputMode="numeric" required />
      </div>
      <TextArea label={t('plan.features')} hint={t('plan.onePerLine')} {...field('features')} />
      <LimitRows
        limits={draft.limits}
        error={errors.limits}
        onLimits={(limits) => setDraft({ ...draft, limits })}
      />
      <div class="actions">
        <Button type="submit" look="primary" isBusy={isBusy}>
          {submitText}
        </Button>
      </div>
    </form>
  );
}

export function draftOf(plan: Terms): Draft {
  return {
    name: plan.name,
    description: plan.description,
    amount: typedOf(plan.price.amount),
    currency: plan.price.currency,
    billingCycle: plan.billingCycle,
    userType: plan.userType ?? '',
    trialDays: String(plan.trialDays),
    features: plan.features.join('\n'),
    limits: plan.limits.map(limitDraft),
  };
}

/** Returns what the fields say, or what is wrong with each that can't be read. The API checks the rest. */
function termsOf(draft: Draft): { terms?: Terms; wrong: Wrong } {
  const amount = decimalOf(draft.amount);
  const trialDays = wholeOf(draft.trialDays);
  const limits = limitsOf(draft.limits);
  const wrong: Wrong = {};
  if (!draft.name.trim()) wrong.name = t('plan.nameMissing');
  if (amount === null) wrong.amount = t('amount.wrong');
  if (trialDays === null || trialDays > TRIAL_DAYS_MAX) wrong.trialDays = t('plan.trialWrong');
  if (limits.includes(null)) wrong.limits = t('plan.limitsWrong');
  if (amount === null || trialDays === null || Object.keys(wrong).length) return { wrong };
  const terms = {
    name: draft.name.trim(),
    description: draft.description.trim(),
    price: { amount, currency: draft.currency },
    billingCycle: draft.billingCycle,
    userType: draft.userType.trim() || null,
    trialDays,
    features: linesOf(draft.features),
    limits: limits.filter((limit) => limit !== null),
  };
  return { terms, wrong };
}
