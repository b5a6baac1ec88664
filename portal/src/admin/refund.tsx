/** Sending money back: all that is left of a payment, or a part of it. */

import { useState } from 'preact/hooks';
import { useAct } from '../api/acting';
import { useAsk } from '../api/asking';
import { graphql, type ResultOf } from '../graphql';
import { t } from '../i18n';
import { money } from '../i18n/format';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { TextField } from '../ui/field';
import { PendingPart } from '../ui/pending';
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

const PAYMENT = graphql(`
  query PaymentToRefund($id: ID!) {
    payment(id: $id) { id amount { amount currency } refundedAmount { amount currency } }
  }
`);

type Payment = NonNullable<ResultOf<typeof PAYMENT>['payment']>;

const FIELDS = ['amount', 'reason'] as const;

type Refundable = { status: string; paymentMethod: { kind: string } | null };

/** Returns whether a payment can go back: it was made, not by boleto, and the operator may refund. */
export function useMayRefund(): (payment: Refundable) => boolean {
  const may = useMay()('REFUNDS_WRITE');
  return ({ status, paymentMethod }) => may && status === 'COMPLETED' && paymentMethod?.kind !== 'BOLETO';
}

/** Asks for its payment itself, and keeps what is typed whatever becomes of the list behind it. */
export function RefundDialog({ paymentId, onClose }: { paymentId: string; onClose: () => void }) {
  const answer = useAsk(PAYMENT, { id: paymentId });
  const payment = answer.data?.payment;
  const left = payment && difference(payment.amount, payment.refundedAmount);
  return (
    <Dialog title={left ? t('refund.title', { amount: money(left) }) : t('refund')} onClose={onClose}>
      {payment ? (
        <RefundForm payment={payment} onClose={onClose} />
      ) : (
        <PendingPart answer={answer} failed={t('payments.failed')} />
      )}
    </Dialog>
  );
}

function RefundForm({ payment, onClose }: { payment: Payment; onClose: () => void }) {
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
  );
}
