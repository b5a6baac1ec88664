/** Credit for a customer: the next invoices use it first. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { graphql } from '../../graphql';
import { t } from '../../i18n';
import { TextField } from '../../ui/field';
import { fieldErrors } from '../../ui/problem';
import { ActDialog } from '../act-dialog';
import { decimalOf } from '../amount';

const GRANT = graphql(`
  mutation GrantCredit($input: GrantCreditInput!) {
    grantCredit(input: $input) { customer { id } userErrors { code message field } }
  }
`);

const FIELDS = ['amount', 'currency', 'reason', 'expiresOn'] as const;
const REASON_CHARS_MAX = 200;

type CreditDialogProps = { customerId: string; currency: string; onClose: () => void; onDone?: () => void };

export function CreditDialog({ customerId, currency, onClose, onDone }: CreditDialogProps) {
  const act = useAct(GRANT, { once: true });
  const [draft, setDraft] = useState({ amount: '', reason: '', expiresOn: '' });
  const [isAsked, setAsked] = useState(false);
  const amount = decimalOf(draft.amount);
  const reason = draft.reason.trim();
  const errors = fieldErrors(act.problem.errors, FIELDS);
  const grant = async () => {
    setAsked(true);
    if (!amount || !reason) return;
    const given = { customerId, amount, currency, reason, expiresOn: draft.expiresOn || null };
    if (!(await act.act(given))) return;
    onClose();
    onDone?.();
  };
  return (
    <ActDialog
      title={t('credit.grant')}
      text={t('credit.text')}
      confirm={t('credit.grant')}
      act={act}
      fields={FIELDS}
      onAct={grant}
      onClose={onClose}
    >
      <TextField
        label={t('credit.amount', { currency })}
        value={draft.amount}
        error={isAsked && !amount ? t('amount.wrong') : (errors.amount ?? errors.currency)}
        onValue={(value) => setDraft({ ...draft, amount: value })}
        inputMode="decimal"
        maxLength={20}
        required
      />
      <TextField
        label={t('customer.reason')}
        value={draft.reason}
        error={isAsked && !reason ? t('rights.reasonMissing') : errors.reason}
        onValue={(value) => setDraft({ ...draft, reason: value })}
        maxLength={REASON_CHARS_MAX}
        required
      />
      <TextField
        label={t('credit.expiresOn')}
        hint={t('credit.expiresOnHint')}
        type="date"
        value={draft.expiresOn}
        error={errors.expiresOn}
        onValue={(value) => setDraft({ ...draft, expiresOn: value })}
      />
    </ActDialog>
  );
}
