/** Withdrawing from the contract some days after the first payment: everything that was paid goes back. */

import { useAct } from '../api/acting';
import { useAsk } from '../api/asking';
import { t } from '../i18n';
import { date, money } from '../i18n/format';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { Facts } from '../ui/facts';
import { FormProblem } from '../ui/problem';
import { Failed, Skeleton } from '../ui/states';
import { WITHDRAW, WITHDRAWAL_PREVIEW } from './leaving';

type Props = { subscriptionId: string; until: string; onClose: () => void };

export function WithdrawalDialog({ subscriptionId, until, onClose }: Props) {
  const { act, isBusy, problem } = useAct(WITHDRAW, { once: true });
  const { data, failure, retry } = useAsk(WITHDRAWAL_PREVIEW, { id: subscriptionId }, { pause: isBusy });
  const withdraw = async () => {
    if (await act({ subscriptionId })) onClose();
  };
  return (
    <Dialog title={t('withdraw.title')} onClose={onClose}>
      <p class="muted">{t('withdraw.text', { date: date(until) })}</p>
      {data ? (
        <Facts
          facts={[
            [t('withdraw.refunded'), amountText(data.previewWithdrawal.refunded)],
            [t('withdraw.givenBack'), amountText(data.previewWithdrawal.givenBack)],
          ]}
        />
      ) : failure ? (
        <Failed what={t('withdraw.failed')} failure={failure} onRetry={retry} />
      ) : (
        <Skeleton rows={2} />
      )}
      <FormProblem problem={problem} />
      <div class="actions">
        <Button look="danger" isBusy={isBusy} onClick={withdraw}>
          {t('withdraw.confirm')}
        </Button>
        <Button onClick={onClose}>{t('cancel.stay')}</Button>
      </div>
    </Dialog>
  );
}

/** An amount, or nothing where there is none. */
export function amountText(amount: { amount: string; currency: string }): string | null {
  return Number(amount.amount) > 0 ? money(amount) : null;
}
