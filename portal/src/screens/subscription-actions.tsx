/** Pausing and leaving: each asked about once more, in a dialog that says what follows. */

import { useState } from 'preact/hooks';
import { useAct } from '../api/acting';
import { useAsk } from '../api/asking';
import { graphql } from '../graphql';
import { t } from '../i18n';
import { date } from '../i18n/format';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { Facts } from '../ui/facts';
import { Section } from '../ui/page';
import { FormProblem } from '../ui/problem';
import { Failed, Skeleton } from '../ui/states';
import { CancelDialog } from './cancel-dialog';
import type { Held } from './subscription-notices';
import { amountText, WithdrawalDialog } from './withdrawal';

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
      {open === 'cancel' && (
        <CancelDialog held={held} onClose={close} onWithdraw={() => setOpen('withdraw')} />
      )}
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
