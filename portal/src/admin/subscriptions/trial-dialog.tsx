/** A trial that is to last longer. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { graphql } from '../../graphql';
import { t } from '../../i18n';
import { date } from '../../i18n/format';
import { TextField } from '../../ui/field';
import { fieldErrors } from '../../ui/problem';
import { ActDialog, ReasonField } from '../act-dialog';
import type { HeldProps } from './held';

const EXTEND = graphql(`
  mutation ExtendTrial($input: ExtendTrialInput!) {
    extendTrial(input: $input) { subscription { id trialEndsOn } userErrors { code message field } }
  }
`);

const FIELDS = ['until', 'reason'] as const;

export function ExtendTrialDialog({ held, onClose }: HeldProps) {
  const act = useAct(EXTEND, { once: true });
  const [until, setUntil] = useState(held.trialEndsOn ?? '');
  const [reason, setReason] = useState('');
  const errors = fieldErrors(act.problem.errors, FIELDS);
  const extend = async () => {
    if (until && (await act.act({ subscriptionId: held.id, until, reason: reason.trim() || null })))
      onClose();
  };
  return (
    <ActDialog
      title={t('desk.extendTrial')}
      text={t('desk.extendTrialText', { date: held.trialEndsOn ? date(held.trialEndsOn) : '' })}
      confirm={t('desk.extendTrial')}
      act={act}
      fields={FIELDS}
      onAct={extend}
      onClose={onClose}
    >
      <TextField
        label={t('desk.billedFrom')}
        type="date"
        value={until}
        error={errors.until}
        onValue={setUntil}
        required
      />
      <ReasonField value={reason} error={errors.reason} onValue={setReason} />
    </ActDialog>
  );
}
