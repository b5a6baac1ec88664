/** A customer's right to withdraw, used for them: what goes back is shown first. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { useAsk } from '../../api/asking';
import { t } from '../../i18n';
import { date } from '../../i18n/format';
import { WITHDRAW, WITHDRAWAL_PREVIEW } from '../../screens/leaving';
import { amountText } from '../../screens/withdrawal';
import { Facts } from '../../ui/facts';
import { PendingPart } from '../../ui/pending';
import { fieldErrors } from '../../ui/problem';
import { ActDialog, ReasonField } from '../act-dialog';
import type { HeldProps } from './held';

export function WithdrawDialog({ held, onClose }: HeldProps) {
  const act = useAct(WITHDRAW, { once: true });
  const answer = useAsk(WITHDRAWAL_PREVIEW, { id: held.id }, { pause: act.isBusy });
  const [reason, setReason] = useState('');
  const withdraw = async () => {
    if (await act.act({ subscriptionId: held.id, reason: reason.trim() || null })) onClose();
  };
  const back = answer.data?.previewWithdrawal;
  const until = held.withdrawableUntil;
  return (
    <ActDialog
      title={t('desk.withdraw')}
      text={t('desk.withdrawText', { date: until ? date(until) : '' })}
      confirm={t('desk.withdrawConfirm')}
      look="danger"
      act={act}
      fields={['reason']}
      onAct={withdraw}
      onClose={onClose}
    >
      {back ? (
        <Facts
          facts={[
            [t('desk.toPayments'), amountText(back.refunded)],
            [t('desk.toBalance'), amountText(back.givenBack)],
          ]}
        />
      ) : (
        <PendingPart answer={answer} failed={t('desk.previewFailed')} rows={2} />
      )}
      <ReasonField
        value={reason}
        error={fieldErrors(act.problem.errors, ['reason']).reason}
        onValue={setReason}
      />
    </ActDialog>
  );
}
