/** Booking money that came past Ciclo: in cash, by a transfer. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { graphql } from '../../graphql';
import { t } from '../../i18n';
import { money } from '../../i18n/format';
import { TextField } from '../../ui/field';
import { fieldErrors } from '../../ui/problem';
import { ActDialog, ReasonField } from '../act-dialog';
import { decimalOf } from '../amount';
import type { InvoiceProps } from './acts';

const MARK_PAID = graphql(`
  mutation MarkInvoicePaid($input: MarkInvoicePaidInput!) {
    markInvoicePaid(input: $input) {
      invoice { id status }
      userErrors { code message field }
    }
  }
`);

const FIELDS = ['how', 'amount', 'paidOn', 'reason'] as const;
const HOW_CHARS_MAX = 100;

export function PaidDialog({ invoice, onClose }: InvoiceProps) {
  const act = useAct(MARK_PAID, { once: true });
  const [draft, setDraft] = useState({ how: '', amount: '', paidOn: '', reason: '' });
  const [isAsked, setAsked] = useState(false);
  const how = draft.how.trim();
  const isWhole = !draft.amount.trim();
  const amount = isWhole ? null : decimalOf(draft.amount);
  const errors = fieldErrors(act.problem.errors, FIELDS);
  const set = (part: keyof typeof draft) => (value: string) => setDraft({ ...draft, [part]: value });
  const mark = async () => {
    setAsked(true);
    if (!how || (!isWhole && !amount)) return;
    const paid = { how, amount, paidOn: draft.paidOn || null, reason: draft.reason.trim() || null };
    if (await act.act({ invoiceId: invoice.id, ...paid })) onClose();
  };
  return (
    <ActDialog
      title={t('invoiceAct.paidTitle', { number: invoice.number ?? '' })}
      text={t('invoiceAct.paidText')}
      confirm={t('invoiceAct.paid')}
      act={act}
      fields={FIELDS}
      onAct={mark}
      onClose={onClose}
    >
      <TextField
        label={t('invoiceAct.paidHow')}
        hint={t('invoiceAct.paidHowHint')}
        value={draft.how}
        error={isAsked && !how ? t('invoiceAct.paidHowMissing') : errors.how}
        onValue={set('how')}
        maxLength={HOW_CHARS_MAX}
        required
      />
      <TextField
        label={t('refund.amount')}
        hint={t('invoiceAct.paidAmountHint', { amount: money(invoice.amountDue) })}
        value={draft.amount}
        error={isAsked && !isWhole && !amount ? t('amount.wrong') : errors.amount}
        onValue={set('amount')}
        inputMode="decimal"
        maxLength={20}
      />
      <TextField
        label={t('invoiceAct.paidOn')}
        hint={t('invoiceAct.paidOnHint')}
        type="date"
        value={draft.paidOn}
        error={errors.paidOn}
        onValue={set('paidOn')}
      />
      <ReasonField value={draft.reason} error={errors.reason} onValue={set('reason')} />
    </ActDialog>
  );
}
