/** Cancelling for a customer: when, what goes back, and why; what it comes to is shown first. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { useAsk } from '../../api/asking';
import { graphql } from '../../graphql';
import { t } from '../../i18n';
import { date } from '../../i18n/format';
import { amountText } from '../../screens/withdrawal';
import { Choices } from '../../ui/choice';
import { Facts } from '../../ui/facts';
import { Select } from '../../ui/field';
import { PendingPart } from '../../ui/pending';
import { fieldErrors } from '../../ui/problem';
import { ActDialog, ReasonField } from '../act-dialog';
import { useMay } from '../permissions';
import type { HeldProps } from './held';

const PREVIEW = graphql(`
  query CancellationPreview($input: PreviewCancellationInput!) {
    previewCancellation(input: $input) {
      endsOn
      givenBack { amount currency }
      refunded { amount currency }
      stillOwed { amount currency }
    }
  }
`);
const CANCEL = graphql(`
  mutation CancelForCustomer($input: CancelSubscriptionInput!) {
    cancelSubscription(input: $input) {
      subscription { id status cancelAtPeriodEnd }
      userErrors { code message field }
    }
  }
`);

const REFUNDS = ['NONE', 'CREDIT', 'REFUND'] as const;

export function CancelDialog({ held, onClose }: HeldProps) {
  const canEndLater = !held.cancelAtPeriodEnd && held.status !== 'PENDING';
  const act = useAct(CANCEL, { once: true });
  const [when, setWhen] = useState<'end' | 'now'>(canEndLater ? 'end' : 'now');
  const [refund, setRefund] = useState<(typeof REFUNDS)[number]>('NONE');
  const [reason, setReason] = useState('');
  const isNow = when === 'now';
  const choice = {
    subscriptionId: held.id,
    cancelImmediately: isNow,
    refund: isNow ? refund : ('NONE' as const),
  };
  const cancel = async () => {
    if (await act.act({ ...choice, reason: reason.trim() || null })) onClose();
  };
  return (
    <ActDialog
      title={t('cancel.title')}
      confirm={t(isNow ? 'cancel.confirmNow' : 'cancel.confirm')}
      look="danger"
      act={act}
      fields={['reason']}
      onAct={cancel}
      onClose={onClose}
    >
      <Choices
        legend={t('cancel.when')}
        showsLegend
        value={when}
        onValue={setWhen}
        options={[
          ...(canEndLater
            ? [
                {
                  value: 'end' as const,
                  label: t('cancel.end'),
                  note: t('desk.cancelEnd', { date: date(held.currentPeriod.end) }),
                },
              ]
            : []),
          { value: 'now', label: t('cancel.now'), note: t('desk.cancelNow') },
        ]}
      />
      {isNow && <RefundChoice value={refund} onValue={setRefund} />}
      <Outcome choice={choice} isPaused={act.isBusy} />
      <ReasonField
        value={reason}
        error={fieldErrors(act.problem.errors, ['reason']).reason}
        onValue={setReason}
      />
    </ActDialog>
  );
}

type RefundChoiceProps = {
  value: (typeof REFUNDS)[number];
  onValue: (value: (typeof REFUNDS)[number]) => void;
};

/** Giving money back is for those who may refund. */
function RefundChoice({ value, onValue }: RefundChoiceProps) {
  if (!useMay()('REFUNDS_WRITE')) return null;
  return (
    <Select
      label={t('desk.unusedDays')}
      value={value}
      onValue={(chosen) => onValue(chosen as (typeof REFUNDS)[number])}
      options={REFUNDS.map((one) => [one, t(`desk.refund.${one}`)] as const)}
    />
  );
}

type OutcomeProps = {
  choice: { subscriptionId: string; cancelImmediately: boolean; refund: (typeof REFUNDS)[number] };
  isPaused: boolean;
};

function Outcome({ choice, isPaused }: OutcomeProps) {
  const answer = useAsk(PREVIEW, { input: choice }, { pause: isPaused });
  if (!answer.data) return <PendingPart answer={answer} failed={t('desk.previewFailed')} rows={2} />;
  const { endsOn, givenBack, refunded, stillOwed } = answer.data.previewCancellation;
  return (
    <div class={answer.isStale ? 'is-stale' : ''}>
      <Facts
        facts={[
          [t('desk.endsOn'), date(endsOn)],
          [t('desk.toBalance'), amountText(givenBack)],
          [t('desk.toPayments'), amountText(refunded)],
          [t('desk.stillOwed'), amountText(stillOwed)],
        ]}
      />
    </div>
  );
}
