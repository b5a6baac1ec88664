/** A plan as it is written down: text in fields, turned into the API's input in one place. */

import { useState } from 'preact/hooks';
import type { Problem } from '../api/acting';
import { t, word } from '../i18n';
import { Button } from '../ui/button';
import { Select, TextArea, TextField } from '../ui/field';
import { FormProblem, fieldErrors } from '../ui/problem';

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
  limits: string;
};

type Plan = {
  name: string;
  description: string;
  price: { amount: string; currency: string };
  billingCycle: Cycle;
  userType: string | null;
  trialDays: number;
  features: string[];
  limits: { name: string; value: number }[];
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
  limits: '',
};

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

type PlanFormProps = {
  start: Draft;
  submitText: string;
  isBusy: boolean;
  problem: Problem;
  onSubmit: (draft: Draft) => Promise<void>;
};

export function PlanForm({ start, submitText, isBusy, problem, onSubmit }: PlanFormProps) {
  const [draft, setDraft] = useState(start);
  const errors = fieldErrors(problem.errors, FIELDS);
  const field = (name: keyof Draft) => ({
    value: draft[name],
    error: errors[name as keyof typeof errors],
    onValue: (value: string) => setDraft({ ...draft, [name]: value }),
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (!isBusy) void onSubmit(draft);
  };
  return (
    <form class="form narrow" onSubmit={submit}>
      <FormProblem problem={problem} fields={FIELDS} />
      <TextField label={t('plan.name')} {...field('name')} required maxLength={200} />
      <TextField label={t('plan.description')} {...field('description')} />
      <div class="pair">
        <TextField
          label={t('plan.price', { currency: draft.currency })}
          {...field('amount')}
          inputMode="decimal"
          placeholder="29,90"
          required
        />
        <Select
          label={t('plans.cycle')}
          {...field('billingCycle')}
          options={CYCLES.map((one) => [one, word('cycle', one)] as const)}
        />
      </div>
      <div class="pair">
        <TextField label={t('plan.userType')} {...field('userType')} placeholder="ALUNO" />
        <TextField label={t('plan.trialDays')} {...field('trialDays')} inputMode="numeric" required />
      </div>
      <TextArea label={t('plan.features')} hint={t('plan.onePerLine')} {...field('features')} />
      <TextArea label={t('plan.limits')} hint={t('plan.limitsHint')} {...field('limits')} />
      <div class="actions">
        <Button type="submit" look="primary" isBusy={isBusy}>
          {submitText}
        </Button>
      </div>
    </form>
  );
}

export function draftOf(plan: Plan): Draft {
  return {
    name: plan.name,
    description: plan.description,
    amount: plan.price.amount,
    currency: plan.price.currency,
    billingCycle: plan.billingCycle,
    userType: plan.userType ?? '',
    trialDays: String(plan.trialDays),
    features: plan.features.join('\n'),
    limits: plan.limits.map(({ name, value }) => `${name} = ${value}`).join('\n'),
  };
}

/** What is written wrongly goes to the API as it stands: it says what is wrong. */
export function inputOf(draft: Draft) {
  return {
    name: draft.name,
    description: draft.description,
    price: { amount: draft.amount.trim().replace(',', '.'), currency: draft.currency },
    billingCycle: draft.billingCycle,
    userType: draft.userType.trim() || null,
    trialDays: Number(draft.trialDays),
    features: linesOf(draft.features),
    limits: linesOf(draft.limits).map((line) => {
      const [name = '', value = ''] = line.split('=');
      return { name: name.trim(), value: Number(value) };
    }),
  };
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}
