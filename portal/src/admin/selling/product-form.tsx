/** A product as it is written down: text in fields, read into the API's input in one place. */

import { useState } from 'preact/hooks';
import type { Problem } from '../../api/acting';
import { t } from '../../i18n';
import { Button } from '../../ui/button';
import { Checks } from '../../ui/choice';
import { TextArea, TextField } from '../../ui/field';
import { FormProblem, fieldErrors } from '../../ui/problem';
import { linesOf } from '../plan-lines';
import { useUnsaved } from '../unsaved';
import { AudienceField } from './audience-field';
import { type Limit, type LimitDraft, LimitRows, limitDraft, limitsOf } from './limit-rows';
import { type Price, type PriceDraft, PriceFields, type PriceWrong, priceOf } from './price-fields';

const NAME_CHARS_MAX = 120;
const DESCRIPTION_CHARS_MAX = 2_000;
const TEXTS = ['name', 'description', 'userType', 'features', 'configs'] as const;
const FIELDS = [...TEXTS, 'limits', 'amount', 'currency', 'billingCycle', 'trialDays'] as const;

type Text = (typeof TEXTS)[number];
type Wrong = Partial<Record<Text | 'limits', string>> & PriceWrong;
export type Config = { name: string; value: unknown };
export type Contents = {
  name: string;
  description: string;
  userType: string | null;
  limits: Limit[];
  features: string[];
  configs: Config[];
  recommended: boolean;
};
export type Draft = Record<Text, string> & { limits: LimitDraft[]; recommended: boolean };

export const NO_DRAFT: Draft = {
  name: '',
  description: '',
  userType: '',
  limits: [],
  features: '',
  configs: '',
  recommended: false,
};
const NO_PRICE: PriceDraft = { amount: '', currency: 'BRL', billingCycle: 'MONTHLY', trialDays: '7' };

type ProductFormProps = {
  start: Draft;
  /** A new product has its first price; later ones are added. */
  withPrice?: boolean;
  submitText: string;
  isBusy: boolean;
  problem: Problem;
  onSubmit: (contents: Contents, price: Price | undefined) => Promise<void>;
};

export function ProductForm({ start, withPrice, submitText, isBusy, problem, onSubmit }: ProductFormProps) {
  const [draft, setDraft] = useState(start);
  const [price, setPrice] = useState(NO_PRICE);
  const [wrong, setWrong] = useState<Wrong>({});
  const errors: Wrong = { ...fieldErrors(problem.errors, FIELDS), ...wrong };
  useUnsaved([draft, price]);
  const field = (name: Text) => ({
    value: draft[name],
    error: errors[name],
    onValue: (value: string) => setDraft({ ...draft, [name]: value }),
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const read = contentsOf(draft);
    const priced = withPrice ? priceOf(price) : {};
    setWrong({ ...read.wrong, ...priced.wrong });
    if (!isBusy && read.contents && !priced.wrong) void onSubmit(read.contents, priced.price);
  };
  return (
    <form class="form narrow" onSubmit={submit} noValidate>
      <FormProblem problem={problem} fields={FIELDS} />
      <TextField label={t('plan.name')} {...field('name')} required maxLength={NAME_CHARS_MAX} />
      <TextField label={t('plan.description')} {...field('description')} maxLength={DESCRIPTION_CHARS_MAX} />
      <AudienceField {...field('userType')} />
      <Checks
        legend={t('products.show')}
        values={draft.recommended ? ['yes'] : []}
        options={[{ value: 'yes', label: t('products.recommendedCheck') }]}
        onValues={(values) => setDraft({ ...draft, recommended: values.length > 0 })}
      />
      <TextArea label={t('plan.features')} hint={t('plan.onePerLine')} {...field('features')} />
      <LimitRows
        limits={draft.limits}
        error={errors.limits}
        onLimits={(limits) => setDraft({ ...draft, limits })}
      />
      <TextArea label={t('products.configs')} hint={t('products.configsHint')} {...field('configs')} />
      {withPrice && <PriceFields draft={price} wrong={errors} onDraft={setPrice} />}
      <div class="actions">
        <Button type="submit" look="primary" isBusy={isBusy}>
          {submitText}
        </Button>
      </div>
    </form>
  );
}

export function draftOf(product: Omit<Contents, 'limits'> & { limits: readonly Limit[] }): Draft {
  return {
    name: product.name,
    description: product.description,
    userType: product.userType ?? '',
    limits: product.limits.map(limitDraft),
    features: product.features.join('\n'),
    configs: product.configs.map(({ name, value }) => `${name} = ${JSON.stringify(value)}`).join('\n'),
    recommended: product.recommended,
  };
}

/** Returns what the fields say, or what is wrong with each that can't be read. The API checks the rest. */
function contentsOf(draft: Draft): { contents?: Contents; wrong: Wrong } {
  const limits = limitsOf(draft.limits);
  const configs = linesOf(draft.configs).map(configOf);
  const wrong: Wrong = {};
  if (!draft.name.trim()) wrong.name = t('plan.nameMissing');
  if (limits.includes(null)) wrong.limits = t('plan.limitsWrong');
  if (configs.includes(null)) wrong.configs = t('products.configsWrong');
  if (Object.keys(wrong).length) return { wrong };
  const contents = {
    name: draft.name.trim(),
    description: draft.description.trim(),
    userType: draft.userType.trim() || null,
    limits: limits.filter((one) => one !== null),
    features: linesOf(draft.features),
    configs: configs.filter((one) => one !== null),
    recommended: draft.recommended,
  };
  return { contents, wrong };
}

/** Reads "logo = {"widthMax": 500}"; null if it is something else. */
function configOf(line: string): Config | null {
  const at = line.indexOf('=');
  const name = line.slice(0, at).trim();
  if (at < 1 || !name) return null;
  try {
    return { name, value: JSON.parse(line.slice(at + 1)) };
  } catch {
    return null;
  }
}
