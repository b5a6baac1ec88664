/** A new coupon: text in fields, read into the API's input in one place. The API checks the rest. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { graphql, type VariablesOf } from '../../graphql';
import { t } from '../../i18n';
import { Button } from '../../ui/button';
import { Segments } from '../../ui/choice';
import { Dialog } from '../../ui/dialog';
import { Select, TextField } from '../../ui/field';
import { FormProblem, fieldErrors } from '../../ui/problem';
import { decimalOf, wholeOf } from '../amount';
import { LimitFields, limitsOf, NameField } from './limit-fields';
import { RestrictionFields, type Restrictions } from './restrictions';

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
  'minimum',
  'planIds',
] as const;
const CODE_CHARS_MAX = 40;
const CURRENCY_CHARS = 3;

type Field = Exclude<(typeof FIELDS)[number], 'planIds'>;
type Wrong = Partial<Record<(typeof FIELDS)[number], string>>;
type CouponInput = VariablesOf<typeof CREATE>['input'];
type Draft = Record<Field, string> &
  Restrictions & {
    kind: CouponInput['kind'];
    duration: CouponInput['duration'];
    minimumCurrency: string;
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
  minimum: '',
  minimumCurrency: 'BRL',
  someOnly: false,
  planIds: [],
  cycles: [],
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
  const change = (changed: Partial<Draft>) => setDraft({ ...draft, ...changed });
  const create = async (event: SubmitEvent) => {
    event.preventDefault();
    const read = inputOf(draft);
    setWrong(read.wrong);
    if (!isBusy && read.input && (await act(read.input))) onClose();
  };
  return (
    <Dialog title={t('coupons.new')} onClose={onClose} isWide>
      <form class="form" onSubmit={create} noValidate>
        <NameField draft={draft} wrong={errors} onDraft={change} />
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
        <LimitFields draft={draft} wrong={errors} onDraft={change} />
        <RestrictionFields draft={draft} wrong={errors} onDraft={change} />
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
  const minimum = decimalOf(draft.minimum);
  const { limits, wrong: limitsWrong } = limitsOf(draft);
  const wrong: Wrong = limitsWrong;
  const count = isCounted(draft) ? wholeOf(draft.count) : null;
  if (off === null)
    wrong[isPercent ? 'percent' : 'amount'] = t(isPercent ? 'coupons.percentWrong' : 'amount.wrong');
  if (isCounted(draft) && count === null) wrong.count = t('coupons.numberWrong');
  if (draft.minimum.trim() && minimum === null) wrong.minimum = t('amount.wrong');
  if (draft.someOnly && !draft.planIds.length) wrong.planIds = t('coupons.plansMissing');
  if (off === null || Object.keys(wrong).length) return { wrong };
  const input: CouponInput = {
    ...limits,
    code: draft.code.trim() || null,
    kind: draft.kind,
    percent: isPercent ? off : null,
    amount: isPercent ? null : moneyOf(off, draft.currency),
    duration: draft.duration,
    count,
    planIds: draft.someOnly ? [...draft.planIds] : [],
    cycles: [...draft.cycles],
    minimum: minimum === null ? null : moneyOf(minimum, draft.minimumCurrency),
    firstPurchaseOnly: draft.firstPurchaseOnly,
  };
  return { input, wrong };
}

function moneyOf(amount: string, currency: string) {
  return { amount, currency: currency.trim().toUpperCase() };
}
