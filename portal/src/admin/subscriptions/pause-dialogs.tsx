/** Pausing for a customer, and taking up again. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { useAsk } from '../../api/asking';
import { graphql } from '../../graphql';
import { t } from '../../i18n';
import { date } from '../../i18n/format';
import { amountText } from '../../screens/withdrawal';
import { Segments } from '../../ui/choice';
import { Facts } from '../../ui/facts';
import { TextField } from '../../ui/field';
import { PendingPart } from '../../ui/pending';
import { fieldErrors } from '../../ui/problem';
import { ActDialog, ReasonField } from '../act-dialog';
import type { HeldProps } from './held';

const PREVIEW = graphql(`
  query PauseForCustomerPreview($input: PreviewPauseInput!) {
    previewPause(input: $input) { stopsOn resumesOn givenBack { amount currency } }
  }
`);
const PAUSE = graphql(`
  mutation PauseForCustomer($input: PauseSubscriptionInput!) {
    pauseSubscription(input: $input) {
      subscription { id status pausesOn }
      userErrors { code message field }
    }
  }
`);

const FIELDS = ['resumeOn', 'reason'] as const;

export function PauseDialog({ held, onClose }: HeldProps) {
  const act = useAct(PAUSE, { once: true });
  const [when, setWhen] = useState<'now' | 'end'>('now');
  const [resumeOn, setResumeOn] = useState('');
  const [reason, setReason] = useState('');
  const errors = fieldErrors(act.problem.errors, FIELDS);
  const choice = { subscriptionId: held.id, atPeriodEnd: when === 'end', resumeOn: resumeOn || null };
  const answer = useAsk(PREVIEW, { input: choice }, { pause: act.isBusy });
  const preview = answer.data?.previewPause;
  const pause = async () => {
    if (await act.act({ ...choice, reason: reason.trim() || null })) onClose();
  };
  return (
    <ActDialog
      title={t('pause.title')}
      text={t('desk.pauseText')}
      confirm={t('pause')}
      act={act}
      fields={FIELDS}
      onAct={pause}
      onClose={onClose}
    >
      <Segments
        legend={t('cancel.when')}
        showsLegend
        value={when}
        onValue={setWhen}
        options={[
          { value: 'now', label: t('cancel.now') },
          { value: 'end', label: t('cancel.end') },
        ]}
      />
      <TextField
        label={t('desk.resumeOn')}
        hint={t('desk.resumeOnHint')}
        type="date"
        value={resumeOn}
        error={errors.resumeOn}
        onValue={setResumeOn}
      />
      {preview ? (
        <Facts
          facts={[
            [t('pause.stopsOn'), date(preview.stopsOn)],
            [t('desk.toBalance'), amountText(preview.givenBack)],
          ]}
        />
      ) : (
        <PendingPart answer={answer} failed={t('pause.failed')} rows={2} />
      )}
      <ReasonField value={reason} error={errors.reason} onValue={setReason} />
    </ActDialog>
  );
}
