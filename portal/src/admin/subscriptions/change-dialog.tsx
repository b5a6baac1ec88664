/** Another plan or quantity for a customer, with what it comes to before it is confirmed. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { useAll, useAsk } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { t } from '../../i18n';
import { planText, priceText } from '../../i18n/billing';
import { date, money } from '../../i18n/format';
import { InvoiceLines } from '../../screens/invoice-lines';
import { CHANGE, PREVIEW } from '../../screens/plan-change';
import { Facts } from '../../ui/facts';
import { Select, TextField } from '../../ui/field';
import { PendingPart } from '../../ui/pending';
import { fieldErrors } from '../../ui/problem';
import { ActDialog, ReasonField } from '../act-dialog';
import { wholeOf } from '../amount';
import type { Held, HeldProps } from './held';

const PLANS = graphql(`
  query PlansToChangeTo($first: Int!, $after: String) {
    plans(filter: { active: true }, first: $first, after: $after) {
      edges { node { id name billingCycle price { amount currency } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

const FIELDS = ['planId', 'quantity', 'timing', 'proration', 'reason'] as const;
const TIMINGS = ['AS_RULED', 'IMMEDIATE', 'PERIOD_END'] as const;
const PRORATIONS = ['NOW', 'NEXT_INVOICE', 'NONE', 'FULL'] as const;

type Draft = {
  planId: string;
  quantity: string;
  timing: (typeof TIMINGS)[number];
  proration: (typeof PRORATIONS)[number];
};

export function ChangeDialog({ held, onClose }: HeldProps) {
  const act = useAct(CHANGE, { once: true });
  const [draft, setDraft] = useState<Draft>({
    planId: held.plan.id,
    quantity: String(held.quantity),
    timing: 'AS_RULED',
    proration: 'NOW',
  });
  const [reason, setReason] = useState('');
  const [isAsked, setAsked] = useState(false);
  const quantity = wholeOf(draft.quantity);
  const isSame = draft.planId === held.plan.id && quantity === held.quantity;
  const choice = {
    subscriptionId: held.id,
    planId: draft.planId,
    quantity,
    timing: draft.timing === 'AS_RULED' ? null : draft.timing,
    proration: draft.proration,
  };
  const change = async () => {
    setAsked(true);
    if (quantity === null || isSame) return;
    if (await act.act({ ...choice, reason: reason.trim() || null })) onClose();
  };
  const errors = fieldErrors(act.problem.errors, FIELDS);
  const wrong = quantity === null ? t('items.numberWrong') : isSame ? t('desk.changeNothing') : undefined;
  return (
    <ActDialog
      title={t('desk.change')}
      confirm={t('change.confirm')}
      act={act}
      fields={FIELDS}
      isWide
      onAct={change}
      onClose={onClose}
    >
      <Choice
        held={held}
        draft={draft}
        onDraft={setDraft}
        errors={errors}
        wrong={isAsked ? wrong : undefined}
      />
      {!wrong && <Outcome choice={choice} isPaused={act.isBusy} />}
      <ReasonField value={reason} error={errors.reason} onValue={setReason} />
    </ActDialog>
  );
}

type ChoiceProps = {
  held: Held;
  draft: Draft;
  onDraft: (draft: Draft) => void;
  errors: Partial<Record<(typeof FIELDS)[number], string>>;
  wrong: string | undefined;
};

function Choice({ held, draft, onDraft, errors, wrong }: ChoiceProps) {
  const plans = useAll(PLANS, (data) => data.plans).data ?? [];
  const possible = plans.filter((one) => one.price.currency === held.price.currency);
  const others = possible.filter((one) => one.id !== held.plan.id);
  return (
    <>
      <Select
        label={t('plan')}
        value={draft.planId}
        error={errors.planId}
        onValue={(planId) => onDraft({ ...draft, planId })}
        options={[
          [held.plan.id, t('desk.planNow', { plan: planText(held.plan) })],
          ...others.map((one) => [one.id, `${one.name}, ${priceText(one.price, one.billingCycle)}`] as const),
        ]}
      />
      <TextField
        label={t('subscription.quantity')}
        value={draft.quantity}
        error={wrong ?? errors.quantity}
        onValue={(quantity) => onDraft({ ...draft, quantity })}
        inputMode="numeric"
        maxLength={6}
      />
      <Select
        label={t('change.when')}
        value={draft.timing}
        error={errors.timing}
        onValue={(timing) => onDraft({ ...draft, timing: timing as Draft['timing'] })}
        options={TIMINGS.map((one) => [one, t(`desk.timing.${one}`)] as const)}
      />
      {draft.timing !== 'PERIOD_END' && (
        <Select
          label={t('desk.proration')}
          value={draft.proration}
          error={errors.proration}
          onValue={(proration) => onDraft({ ...draft, proration: proration as Draft['proration'] })}
          options={PRORATIONS.map((one) => [one, t(`desk.proration.${one}`)] as const)}
        />
      )}
    </>
  );
}

type OutcomeProps = {
  choice: Omit<Draft, 'quantity' | 'timing'> & {
    subscriptionId: string;
    quantity: number | null;
    timing: 'IMMEDIATE' | 'PERIOD_END' | null;
  };
  isPaused: boolean;
};

function Outcome({ choice, isPaused }: OutcomeProps) {
  const answer = useAsk(PREVIEW, { input: choice }, { pause: isPaused });
  if (!answer.data || answer.failure)
    return <PendingPart answer={answer} failed={t('change.failed')} rows={3} />;
  return (
    <div class={`stack${answer.isStale ? ' is-stale' : ''}`}>
      <Foreseen preview={answer.data.previewPlanChange} />
    </div>
  );
}

function Foreseen({ preview }: { preview: ResultOf<typeof PREVIEW>['previewPlanChange'] }) {
  const { lines, creditApplied, totalDueNow, takesEffectOn, takesEffectWhenPaid } = preview;
  const { nextBillingDate, nextAmount } = preview;
  return (
    <>
      {lines.length > 0 && (
        <InvoiceLines lines={lines} creditApplied={creditApplied} total={[t('change.dueNow'), totalDueNow]} />
      )}
      <Facts
        facts={[
          [t('change.takesEffect'), takesEffectWhenPaid ? t('desk.whenPaid') : date(takesEffectOn)],
          [
            t('change.next'),
            nextBillingDate && t('amountOn', { amount: money(nextAmount), date: date(nextBillingDate) }),
          ],
        ]}
      />
    </>
  );
}
