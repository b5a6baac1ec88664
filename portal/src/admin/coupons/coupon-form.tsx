/** A new coupon: text in fields, read into the API's input in one place. The API checks the rest. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { graphql, type VariablesOf } from '../../graphql';
import { t } from '../../i18n';
import { Button } from '../../ui/button';
import { Checks, Segments } from '../../ui/choice';
import { Dialog } from '../../ui/dialog';
import { Select, TextField } from '../../ui/field';
import { FormProblem, fieldErrors } from '../../ui/problem';
import { decimalOf, wholeOf } from '../amount';

const CREATE = graphql(`
  mutation CreateCoupon($input: CreateCouponInput!) {
    createCoupon(input: $input) { coupon { id } userErrors { code message field } }
  }
`);

const FIELDS = [
  'name',
  'code',
  'percent',
  'amount',
  'currency',
  'count',
  'startsOn',
  'endsOn',
  'maxRedemptions',
  'maxPerCustomer',
] as const;
const NAME_CHARS_MAX = 120;
const CODE_CHARS_MAX = 40;
const CURRENCY_CHARS = 3;

type Field = (typeof FIELDS)[number];
type Wrong = Partial<Record<Field, string>>;
type CouponInput = VariablesOf<typeof CREATE>['input'];
type Draft = Record<Field, string> & {
  kind: CouponInput['kind'];
  duration: CouponInput['duration'];
  firstPurchaseOnly: boolean;
};

const NO_DRAFT: Draft = {
  name: '',
  code: '',
  kind: 'PERCENT',
  percent: '',
  amount: '',
  currency: 'BRL',
  duration: 'ONCE',
  count: '',
  startsOn: '',
  endsOn: '',
  maxRedemptions: '',
  maxPerCustomer: '1',
  firstPurchaseOnly: false,
};

export function CouponDialog({ onClose }: { onClose: () => void }) {
  const { act, isBusy, problem } = useAct(CREATE, { once: true });
  const [draft, setDraft] = useState(NO_DRAFT);
  const [wrong, setWrong] = useState<Wrong>({});
  const errors: Wrong = { ...fieldErrors(problem.errors, FIELDS), ...wrong };
  const field = (name: Field) => ({
    value: draft[name],
    error: errors[name],
    onValue: (value: string) => setDraft({ ...draft, [name]: value }),
  });
  const create = async (event: SubmitEvent) => {
    event.preventDefault();
    const read = inputOf(draft);
    setWrong(read.wrong);
    if (!isBusy && read.input && (await act(read.input))) onClose();
  };
  return (
    <Dialog title={t('coupons.new')} onClose={onClose} isWide>
      <form class="form" onSubmit={create} noValidate>
        <TextField label={t('coupons.name')} {...field('name')} required maxLength={NAME_CHARS_MAX} />
        <TextField
          label={t('coupons.code')}
          hint={t('coupons.codeHint')}
          {...field('code')}
          maxLength={CODE_CHARS_MAX}
        />
        <Segments
          legend={t('coupons.off')}
          showsLegend
          value={draft.kind}
          options={[
            { value: 'PERCENT', label: t('coupons.PERCENT') },
            { value: 'FIXED', label: t('coupons.FIXED') },
          ]}
          onValue={(kind) => setDraft({ ...draft, kind })}
        />
        {draft.kind === 'PERCENT' ? (
          <TextField label={t('coupons.percent')} {...field('percent')} inputMode="decimal" required />
        ) : (
          <div class="pair">
            <TextField label={t('coupons.amount')} {...field('amount')} inputMode="decimal" required />
            <TextField
              label={t('coupons.currency')}
              {...field('currency')}
              maxLength={CURRENCY_CHARS}
              required
            />
          </div>
        )}
        <div class="pair">
          <Select
            label={t('coupons.duration')}
            value={draft.duration}
            onValue={(duration) => setDraft({ ...draft, duration: duration as Draft['duration'] })}
            options={[
              ['ONCE', t('coupons.ONCE')],
              ['PERIODS', t('coupons.PERIODS')],
              ['MONTHS', t('coupons.MONTHS')],
              ['FOREVER', t('coupons.FOREVER')],
            ]}
          />
          {isCounted(draft) && (
            <TextField label={t('coupons.count')} {...field('count')} inputMode="numeric" required />
          )}
        </div>
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
        <Checks
          legend={t('coupons.who')}
          values={draft.firstPurchaseOnly ? ['first'] : []}
          options={[{ value: 'first', label: t('coupons.firstOnly') }]}
          onValues={(values) => setDraft({ ...draft, firstPurchaseOnly: values.length > 0 })}
        />
        <FormProblem problem={problem} fields={FIELDS} />
        <div class="actions">
          <Button type="submit" look="primary" isBusy={isBusy}>
            {t('coupons.create')}
          </Button>
          <Button onClick={onClose}>{t('back')}</Button>
        </div>
      </form>
    </Dialog>
  );
}

function isCounted({ duration }: Draft): boolean {
  return duration === 'PERIODS' || duration === 'MONTHS';
}

/** Returns what the fields say, or what is wrong with each that can't be read. */
function inputOf(draft: Draft): { input?: CouponInput; wrong: Wrong } {
  const isPercent = draft.kind === 'PERCENT';
  const off = decimalOf(isPercent ? draft.percent : draft.amount);
  const wrong: Wrong = {};
  const optional = (name: 'count' | 'maxRedemptions' | 'maxPerCustomer'): number | null => {
    if (!draft[name].trim()) return null;
    const value = wholeOf(draft[name]);
    if (value === null) wrong[name] = t('coupons.numberWrong');
    return value;
  };
  const count = isCounted(draft) ? optional('count') : null;
  const maxRedemptions = optional('maxRedemptions');
  const maxPerCustomer = optional('maxPerCustomer');
  if (!draft.name.trim()) wrong.name = t('coupons.nameMissing');
  if (off === null)
    wrong[isPercent ? 'percent' : 'amount'] = t(isPercent ? 'coupons.percentWrong' : 'amount.wrong');
  if (isCounted(draft) && count === null) wrong.count = t('coupons.numberWrong');
  if (off === null || Object.keys(wrong).length) return { wrong };
  const input: CouponInput = {
    name: draft.name.trim(),
    code: draft.code.trim() || null,
    kind: draft.kind,
    percent: isPercent ? off : null,
    amount: isPercent ? null : { amount: off, currency: draft.currency.trim().toUpperCase() },
    duration: draft.duration,
    count,
    firstPurchaseOnly: draft.firstPurchaseOnly,
    startsOn: draft.startsOn || null,
    endsOn: draft.endsOn || null,
    maxRedemptions,
    maxPerCustomer,
  };
  return { input, wrong };
}
