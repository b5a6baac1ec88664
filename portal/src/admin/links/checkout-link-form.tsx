/** A new checkout link: text in fields, read into the API's input in one place. The API checks the rest. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import type { Failure } from '../../api/failure';
import { graphql, type VariablesOf } from '../../graphql';
import { t } from '../../i18n';
import { planText } from '../../i18n/billing';
import { Checks } from '../../ui/choice';
import { Select, TextArea, TextField } from '../../ui/field';
import { fieldErrors } from '../../ui/problem';
import { ActDialog } from '../act-dialog';
import { wholeOf } from '../amount';
import { findNamed } from './named-customer';

const CREATE = graphql(`
  mutation CreateCheckoutLink($input: CreateCheckoutLinkInput!) {
    createCheckoutLink(input: $input) { link { id url } userErrors { code message field } }
  }
`);

const TEXTS = [
  'couponCode',
  'trialDays',
  'min',
  'max',
  'maxUses',
  'expiresAt',
  'successUrl',
  'cancelUrl',
  'customerId',
  'metadata',
] as const;
const FIELDS = [...TEXTS, 'planId', 'quantity', 'methods'] as const;
const NUMBERS = ['trialDays', 'min', 'max', 'maxUses'] as const;
const METHODS = ['CREDIT_CARD', 'PIX', 'BOLETO'] as const;
const URL_CHARS_MAX = 2_000;
const METADATA_CHARS_MAX = 12_000;

type Input = VariablesOf<typeof CREATE>['input'];
type Draft = Record<(typeof TEXTS)[number], string> & {
  planId: string;
  methods: readonly (typeof METHODS)[number][];
};
type Wrong = Partial<Record<(typeof FIELDS)[number], string>>;

const NO_DRAFT: Draft = {
  planId: '',
  couponCode: '',
  trialDays: '',
  min: '1',
  max: '1',
  maxUses: '',
  expiresAt: '',
  successUrl: '',
  cancelUrl: '',
  customerId: '',
  metadata: '',
  methods: [],
};

type CheckoutLinkDialogProps = {
  plans: readonly { id: string; name: string; billingCycle: string }[];
  onMade: (url: string) => void;
  onClose: () => void;
};

export function CheckoutLinkDialog({ plans, onMade, onClose }: CheckoutLinkDialogProps) {
  const { act, isBusy, problem } = useAct(CREATE, { once: true });
  const [draft, setDraft] = useState<Draft>(NO_DRAFT);
  const [wrong, setWrong] = useState<Wrong>({});
  const [failure, setFailure] = useState<Failure | null>(null);
  const errors: Wrong = { ...fieldErrors(problem.errors, FIELDS), ...wrong };
  const field = (name: (typeof TEXTS)[number]) => ({
    value: draft[name],
    error: errors[name],
    onValue: (value: string) => setDraft({ ...draft, [name]: value }),
  });
  const create = async () => {
    const read = inputOf(draft);
    setWrong(read.wrong);
    if (Object.keys(read.wrong).length) return;
    const typed = draft.customerId.trim();
    const named = typed ? await findNamed(typed) : null;
    setFailure(named?.failure ?? null);
    if (named?.failure) return;
    if (named && !named.id) return setWrong({ customerId: t('checkoutLinks.customerUnknown') });
    const made = await act({ ...read.input, customerId: named?.id ?? null });
    if (made?.link?.url) onMade(made.link.url);
  };
  return (
    <ActDialog
      title={t('checkoutLinks.new')}
      text={t('checkoutLinks.newText')}
      confirm={t('checkoutLinks.create')}
      act={{ isBusy, problem: failure ? { errors: [], failure } : problem }}
      fields={FIELDS}
      isWide
      onAct={create}
      onClose={onClose}
    >
      <Select
        label={t('plan')}
        value={draft.planId}
        error={errors.planId}
        onValue={(planId) => setDraft({ ...draft, planId })}
        options={[
          ['', t('checkoutLinks.choose')],
          ...plans.map((plan) => [plan.id, planText(plan)] as const),
        ]}
      />
      <div class="pair">
        <TextField label={t('coupon')} {...field('couponCode')} maxLength={60} />
        <TextField
          label={t('checkoutLinks.trialDays')}
          hint={t('checkoutLinks.trialHint')}
          {...field('trialDays')}
          inputMode="numeric"
        />
      </div>
      <div class="pair">
        <TextField
          label={t('checkoutLinks.min')}
          {...field('min')}
          error={errors.min ?? errors.quantity}
          inputMode="numeric"
        />
        <TextField label={t('checkoutLinks.max')} {...field('max')} inputMode="numeric" />
      </div>
      <Checks
        legend={t('checkoutLinks.methods')}
        values={draft.methods}
        options={METHODS.map((value) => ({ value, label: t(`checkoutLinks.${value}`) }))}
        onValues={(methods) => setDraft({ ...draft, methods })}
        error={errors.methods}
      />
      <div class="pair">
        <TextField
          label={t('checkoutLinks.maxUses')}
          hint={t('coupons.noLimit')}
          {...field('maxUses')}
          inputMode="numeric"
        />
        <TextField label={t('checkoutLinks.lastDay')} {...field('expiresAt')} type="date" />
      </div>
      <TextField
        label={t('checkoutLinks.customer')}
        hint={t('checkoutLinks.customerHint')}
        {...field('customerId')}
        maxLength={254}
      />
      <TextArea
        label={t('checkoutLinks.metadata')}
        hint={t('checkoutLinks.metadataHint')}
        {...field('metadata')}
        maxLength={METADATA_CHARS_MAX}
      />
      <TextField
        label={t('checkoutLinks.successUrl')}
        hint={t('checkoutLinks.urlHint')}
        {...field('successUrl')}
        placeholder="https://"
        maxLength={URL_CHARS_MAX}
      />
      <TextField
        label={t('checkoutLinks.cancelUrl')}
        {...field('cancelUrl')}
        placeholder="https://"
        maxLength={URL_CHARS_MAX}
      />
    </ActDialog>
  );
}

/** Returns what the fields say, and what is wrong with each that can't be read. */
function inputOf(draft: Draft): { input: Input; wrong: Wrong } {
  const wrong: Wrong = draft.planId ? {} : { planId: t('checkoutLinks.planMissing') };
  const numbers: Partial<Record<(typeof NUMBERS)[number], number | null>> = {};
  for (const name of NUMBERS) {
    const text = draft[name].trim();
    numbers[name] = text ? wholeOf(text) : null;
    if (text && numbers[name] === null) wrong[name] = t('coupons.numberWrong');
  }
  const metadata = entriesOf(draft.metadata);
  if (!metadata) wrong.metadata = t('checkoutLinks.metadataWrong');
  const input = {
    planId: draft.planId,
    couponCode: draft.couponCode.trim() || null,
    trialDays: numbers.trialDays ?? null,
    quantity: { min: numbers.min ?? 1, max: numbers.max ?? numbers.min ?? 1 },
    methods: [...draft.methods],
    maxUses: numbers.maxUses ?? null,
    // To the end of that day, where the operator is.
    expiresAt: draft.expiresAt ? new Date(`${draft.expiresAt}T23:59:59`).toISOString() : null,
    successUrl: draft.successUrl.trim() || null,
    cancelUrl: draft.cancelUrl.trim() || null,
    metadata: metadata ?? [],
  };
  return { input, wrong };
}

/** Returns the entries of lines such as campaign=june; null if a line is none. */
function entriesOf(text: string): { key: string; value: string }[] | null {
  const lines = text.split('\n').filter((line) => line.trim());
  const entries = lines.map((line) => {
    const [key = '', ...value] = line.split('=');
    return { key: key.trim(), value: value.join('=').trim() };
  });
  return entries.every(({ key, value }) => key && value) ? entries : null;
}
