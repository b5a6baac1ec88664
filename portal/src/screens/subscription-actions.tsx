/** Pausing and leaving: each asked about once more, in a dialog that says what follows. */

import { useState } from 'preact/hooks';
import { useAct } from '../api/acting';
import { useAsk } from '../api/asking';
import { graphql } from '../graphql';
import { t } from '../i18n';
import { date } from '../i18n/format';
import { Button } from '../ui/button';
import { Choices } from '../ui/choice';
import { Dialog } from '../ui/dialog';
import { Facts } from '../ui/facts';
import { Select, TextField } from '../ui/field';
import { Section } from '../ui/page';
import { FormProblem } from '../ui/problem';
import { Failed, Skeleton } from '../ui/states';
import type { Held } from './subscription-notices';
import { amountText, WithdrawalDialog } from './withdrawal';

const CANCEL = graphql(`
  mutation Cancel($input: CancelSubscriptionInput!) {
    cancelSubscription(input: $input) {
      subscription { id status cancelAtPeriodEnd }
      userErrors { code message field }
    }
  }
`);
const PAUSE = graphql(`
  mutation Pause($input: PauseSubscriptionInput!) {
    pauseSubscription(input: $input) {
      subscription { id status pausesOn }
      userErrors { code message field }
    }
  }
`);

const PAUSE_PREVIEW = graphql(`
  query PausePreview($input: PreviewPauseInput!) {
    previewPause(input: $input) { stopsOn givenBack { amount currency } }
  }
`);

const REASONS = ['price', 'unused', 'missing', 'other'] as const;

export function SubscriptionActions({ held }: { held: Held }) {
  const [open, setOpen] = useState<'pause' | 'cancel' | 'withdraw' | null>(null);
  const close = () => setOpen(null);
  const canPause = held.status === 'ACTIVE' && !held.cancelAtPeriodEnd && !held.pausesOn;
  return (
    <Section title={t('leave')} isRuled>
      <div class="actions">
        {canPause && <Button onClick={() => setOpen('pause')}>{t('pause')}</Button>}
        <Button onClick={() => setOpen('cancel')}>{t('cancel')}</Button>
        {held.withdrawableUntil && <Button onClick={() => setOpen('withdraw')}>{t('withdraw')}</Button>}
      </div>
      {open === 'pause' && <PauseDialog held={held} onClose={close} />}
      {open === 'cancel' && <CancelDialog held={held} onClose={close} />}
      {open === 'withdraw' && held.withdrawableUntil && (
        <WithdrawalDialog subscriptionId={held.id} until={held.withdrawableUntil} onClose={close} />
      )}
    </Section>
  );
}

type DialogProps = { held: Held; onClose: () => void };

function PauseDialog({ held, onClose }: DialogProps) {
  const { act, isBusy, problem } = useAct(PAUSE);
  const asked = { input: { subscriptionId: held.id } };
  const { data, failure, retry } = useAsk(PAUSE_PREVIEW, asked, { pause: isBusy });
  const pause = async () => {
    if (await act({ subscriptionId: held.id })) onClose();
  };
  return (
    <Dialog title={t('pause.title')} onClose={onClose}>
      <p class="muted">{t('pause.text')}</p>
      {data ? (
        <Facts
          facts={[
            [t('pause.stopsOn'), date(data.previewPause.stopsOn)],
            [t('withdraw.givenBack'), amountText(data.previewPause.givenBack)],
          ]}
        />
      ) : failure ? (
        <Failed what={t('pause.failed')} failure={failure} onRetry={retry} />
      ) : (
        <Skeleton rows={2} />
      )}
      <FormProblem problem={problem} />
      <div class="actions">
        <Button look="primary" isBusy={isBusy} onClick={pause}>
          {t('pause')}
        </Button>
        <Button onClick={onClose}>{t('back')}</Button>
      </div>
    </Dialog>
  );
}

function CancelDialog({ held, onClose }: DialogProps) {
  const { act, isBusy, problem } = useAct(CANCEL);
  const canEndLater = !held.cancelAtPeriodEnd && held.status !== 'PENDING';
  const [when, setWhen] = useState<'end' | 'now'>(canEndLater ? 'end' : 'now');
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
  const until = date(held.currentPeriod.end);
  return (
    <Dialog title={t('cancel.title')} onClose={onClose}>
      <Choices
        legend={t('cancel.when')}
        showsLegend
        value={when}
        onValue={setWhen}
        options={[
          ...(canEndLater
            ? [{ value: 'end' as const, label: t('cancel.end'), note: t('cancel.endText', { date: until }) }]
            : []),
          { value: 'now', label: t('cancel.now'), note: t('cancel.nowText') },
        ]}
      />
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
        <Button look="danger" isBusy={isBusy} onClick={cancel}>
          {t(when === 'now' ? 'cancel.confirmNow' : 'cancel.confirm')}
        </Button>
        <Button onClick={onClose}>{t('cancel.stay')}</Button>
      </div>
    </Dialog>
  );
}
