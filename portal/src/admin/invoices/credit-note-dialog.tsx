/** Correcting a paid invoice: all or a part of it, to the balance or back to who paid. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { graphql } from '../../graphql';
import { t, word } from '../../i18n';
import { money } from '../../i18n/format';
import { Select, TextField } from '../../ui/field';
import { fieldErrors } from '../../ui/problem';
import { ActDialog } from '../act-dialog';
import { decimalOf } from '../amount';
import type { InvoiceProps } from './acts';

const CREATE = graphql(`
  mutation CreateCreditNote($input: CreateCreditNoteInput!) {
    createCreditNote(input: $input) { creditNote { id } userErrors { code message field } }
  }
`);

const FIELDS = ['amount', 'to', 'reason'] as const;
const DESTINATIONS = ['BALANCE', 'REFUND'] as const;
const REASON_CHARS_MAX = 200;

export function CreditNoteDialog({ invoice, onClose }: InvoiceProps) {
  const act = useAct(CREATE, { once: true });
  const [typed, setTyped] = useState('');
  const [to, setTo] = useState<(typeof DESTINATIONS)[number]>('BALANCE');
  const [reason, setReason] = useState('');
  const [isAsked, setAsked] = useState(false);
  const isWhole = !typed.trim();
  const amount = decimalOf(typed);
  const errors = fieldErrors(act.problem.errors, FIELDS);
  const create = async () => {
    setAsked(true);
    if (!reason.trim() || (!isWhole && !amount)) return;
    const what = isWhole ? { whole: true } : { amount };
    if (await act.act({ invoiceId: invoice.id, ...what, to, reason: reason.trim() })) onClose();
  };
  return (
    <ActDialog
      title={t('invoiceAct.creditNote')}
      text={t('invoiceAct.creditNoteText')}
      confirm={t('invoiceAct.creditNoteConfirm')}
      act={act}
      fields={FIELDS}
      onAct={create}
      onClose={onClose}
    >
      <TextField
        label={t('refund.amount')}
        hint={t('invoiceAct.creditNoteHint', { amount: money(invoice.total) })}
        value={typed}
        error={isAsked && !isWhole && !amount ? t('amount.wrong') : errors.amount}
        onValue={setTyped}
        inputMode="decimal"
        maxLength={20}
      />
      <Select
        label={t('creditNotes.to')}
        value={to}
        error={errors.to}
        onValue={(value) => setTo(value as (typeof DESTINATIONS)[number])}
        options={DESTINATIONS.map((one) => [one, word('creditTo', one)] as const)}
      />
      <TextField
        label={t('customer.reason')}
        hint={t('invoiceAct.creditNoteReason')}
        value={reason}
        error={isAsked && !reason.trim() ? t('rights.reasonMissing') : errors.reason}
        onValue={setReason}
        maxLength={REASON_CHARS_MAX}
        required
      />
    </ActDialog>
  );
}
