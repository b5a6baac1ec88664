/** Sending money back: all that is left of a payment, or a part of it. */

import { useState } from 'preact/hooks';
import { useAct } from '../api/acting';
import { graphql } from '../graphql';
import { t } from '../i18n';
import { type Money, money } from '../i18n/format';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { TextField } from '../ui/field';
import { FormProblem, fieldErrors } from '../ui/problem';
import { decimalOf, difference } from './amount';
import { useMay } from './permissions';

const REFUND = graphql(`
  mutation Refund($input: RefundPaymentInput!) {
    refundPayment(input: $input) {
      payment { id status refundedAmount { amount currency } }
      userErrors { code message field }
    }
  }
`);

type Payment = {
  id: string;
  status: string;
  amount: Money;
  refundedAmount: Money;
  paymentMethod: { kind: string } | null;
};

const FIELDS = ['amount', 'reason'] as const;

/** Nothing for a payment that can't go back: one that was not made, or a boleto; nor for who may not refund. */
export function RefundButton({ payment, look = 'link' }: { payment: Payment; look?: 'link' | 'ghost' }) {
  const [isOpen, setOpen] = useState(false);
  if (!useMay()('REFUNDS_WRITE')) return null;
  if (payment.status !== 'COMPLETED' || payment.paymentMethod?.kind === 'BOLETO') return null;
  return (
    <>
      <Button look={look} onClick={() => setOpen(true)}>
        {t('refund')}
      </Button>
      {isOpen && <RefundDialog payment={payment} onClose={() => setOpen(false)} />}
    </>
  );
}

function RefundDialog({ payment, onClose }: { payment: Payment; onClose: () => void }) {
  const { act, isBusy, problem } = useAct(REFUND, { once: true });
  const [amount, setAmount] = useState('');
  const [reason, setReason] = useState('');
  const [isWrong, setWrong] = useState(false);
  const errors = fieldErrors(problem.errors, FIELDS);
  const left = difference(payment.amount, payment.refundedAmount);
  const refund = async (event: SubmitEvent) => {
    event.preventDefault();
    const given = amount.trim() ? decimalOf(amount) : null;
    setWrong(Boolean(amount.trim()) && !given);
    if (amount.trim() && !given) return;
    const done = await act({ paymentId: payment.id, amount: given, reason: reason.trim() || null });
    if (done) onClose();
  };
  const isPartlyBack = Number(payment.refundedAmount.amount) > 0;
  return (
    <Dialog title={t('refund.title', { amount: money(left) })} onClose={onClose}>
      <form class="form" onSubmit={refund}>
        <p class="muted">
          {isPartlyBack
            ? t('refund.before', { amount: money(payment.refundedAmount), paid: money(payment.amount) })
            : t('refund.text')}
        </p>
        <TextField
          label={t('refund.amount')}
          hint={t('refund.amountHint', { amount: money(left) })}
          value={amount}
          error={isWrong ? t('amount.wrong') : errors.amount}
          onValue={setAmount}
          inputMode="decimal"
          maxLength={20}
        />
        <TextField
          label={t('refund.reason')}
          value={reason}
          error={errors.reason}
          onValue={setReason}
          maxLength={200}
        />
        <FormProblem problem={problem} fields={FIELDS} />
        <div class="actions">
          <Button type="submit" look="danger" isBusy={isBusy}>
            {t('refund')}
          </Button>
          <Button onClick={onClose}>{t('back')}</Button>
        </div>
      </form>
    </Dialog>
  );
}
