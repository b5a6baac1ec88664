/** Leaving: when, what it leaves behind, and the right to have everything back that some days bring. */

import { useState } from 'preact/hooks';
import { useAct } from '../api/acting';
import { useAsk } from '../api/asking';
import { graphql } from '../graphql';
import { type Key, t } from '../i18n';
import { date } from '../i18n/format';
import { Button } from '../ui/button';
import { Choices } from '../ui/choice';
import { Dialog } from '../ui/dialog';
import { Facts } from '../ui/facts';
import { Select, TextField } from '../ui/field';
import { FormProblem } from '../ui/problem';
import { Failed } from '../ui/states';
import type { Held } from './subscription-notices';
import { amountText } from './withdrawal';

const CANCEL = graphql(`
  mutation Cancel($input: CancelSubscriptionInput!) {
    cancelSubscription(input: $input) {
      subscription { id status cancelAtPeriodEnd }
      userErrors { code message field }
    }
  }
`);
const PREVIEW = graphql(`
  query CancellationPreview($input: PreviewCancellationInput!) {
    previewCancellation(input: $input) {
      endsOn
      stillOwed { amount currency }
      givenBack { amount currency }
    }
  }
`);

const REASONS = ['price', 'unused', 'missing', 'other'] as const;
/** States in which nothing is paid that could be used up: whatever is asked for, it ends at once (rule 15). */
const ENDS_AT_ONCE: readonly Held['status'][] = ['PENDING', 'PAST_DUE', 'SUSPENDED'];

type When = 'end' | 'now';
type CancelProps = { held: Held; onClose: () => void; onWithdraw: () => void };

export function CancelDialog({ held, onClose, onWithdraw }: CancelProps) {
  const { act, isBusy, problem } = useAct(CANCEL);
  const canEndLater = !held.cancelAtPeriodEnd && !ENDS_AT_ONCE.includes(held.status);
  const [chosen, choose] = useState<When>(canEndLater ? 'end' : 'now');
  // Somebody else may have scheduled it meanwhile: what is left is not what was chosen here.
  const when = chosen === 'end' && !canEndLater ? null : chosen;
  const [reason, setReason] = useState('');
  const [words, setWords] = useState('');
  const cancel = async () => {
    const given = reason === 'other' ? words.trim() : reason && t(`cancel.reason.${reason as 'price'}`);
    const done = await act({
      subscriptionId: held.id,
      cancelImmediately: when === 'now',
      reason: given || null,
    });
    if (done) onClose();
  };
  return (
    <Dialog title={t('cancel.title')} onClose={onClose}>
      {held.withdrawableUntil && (
        <p>
          {t('cancel.withdraw', { date: date(held.withdrawableUntil) })}{' '}
          <Button look="link" onClick={onWithdraw}>
            {t('withdraw')}
          </Button>
        </p>
      )}
      {held.cancelAtPeriodEnd && <p>{t('cancel.scheduled', { date: date(held.currentPeriod.end) })}</p>}
      <Choices<When | ''>
        legend={t('cancel.when')}
        showsLegend
        value={when ?? ''}
        onValue={(value) => value && choose(value)}
        options={[
          ...(canEndLater
            ? [
                {
                  value: 'end' as const,
                  label: t('cancel.end'),
                  note: t('cancel.endText', { date: date(held.currentPeriod.end) }),
                },
              ]
            : []),
          { value: 'now', label: t('cancel.now'), note: t(nowTextOf(held)) },
        ]}
      />
      {when && <Outcome subscriptionId={held.id} when={when} isDone={isBusy} />}
      <Select
        label={t('cancel.reason')}
        value={reason}
        onValue={setReason}
        options={[
          ['', t('cancel.reason.none')],
          ...REASONS.map((one) => [one, t(`cancel.reason.${one}`)] as const),
        ]}
      />
      {reason === 'other' && (
        <TextField label={t('cancel.words')} value={words} onValue={setWords} maxLength={200} />
      )}
      <FormProblem problem={problem} />
      <div class="actions">
        <Button look="danger" isBusy={isBusy} disabled={!when} onClick={cancel}>
          {t(when === 'end' ? 'cancel.confirm' : 'cancel.confirmNow')}
        </Button>
        <Button onClick={onClose}>{t('cancel.stay')}</Button>
      </div>
    </Dialog>
  );
}

/** What stays owed and what becomes credit: nothing is said where there is neither. */
function Outcome({ subscriptionId, when, isDone }: { subscriptionId: string; when: When; isDone: boolean }) {
  const input = { subscriptionId, cancelImmediately: when === 'now' };
  const { data, failure, retry } = useAsk(PREVIEW, { input }, { pause: isDone });
  if (failure) return <Failed what={t('cancel.failed')} failure={failure} onRetry={retry} />;
  if (!data) return null;
  const { stillOwed, givenBack } = data.previewCancellation;
  const facts = [
    [t('cancel.stillOwed'), amountText(stillOwed)],
    [t('withdraw.givenBack'), amountText(givenBack)],
  ] as const;
  return facts.some(([, amount]) => amount) ? <Facts facts={facts} /> : null;
}

function nowTextOf({ status, withdrawableUntil }: Held): Key {
  if (status === 'TRIALING') return 'cancel.nowInTrial';
  if (ENDS_AT_ONCE.includes(status) || status === 'PAUSED') return 'cancel.nowUnpaid';
  return withdrawableUntil ? 'cancel.nowOrWithdraw' : 'cancel.nowText';
}
