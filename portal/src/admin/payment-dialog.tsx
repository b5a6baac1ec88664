/** One payment with all that is known of it: how it was made, what went back, and sending more back. */

import { useState } from 'preact/hooks';
import { useAsk } from '../api/asking';
import { type FragmentOf, graphql } from '../graphql';
import { t, word } from '../i18n';
import { wayPaidText } from '../i18n/billing';
import { money } from '../i18n/format';
import { declineText } from '../i18n/refusals';
import { Link } from '../router';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { Facts } from '../ui/facts';
import { PendingPart } from '../ui/pending';
import { Status } from '../ui/status';
import { moment } from './moment';
import { RefundDialog, useMayRefund } from './refund';

export const PAYMENT = graphql(`
  fragment AdminPayment on Payment @_unmask {
    id
    status
    amount { amount currency }
    refundedAmount { amount currency }
    refunds { id amount { amount currency } status reason createdAt }
    createdAt
    completedAt
    attempts
    failureCode
    disputed
    paymentMethod { kind brand lastFour }
          paidOutside
    invoice { id number subscription { id customer { id email } } }
  }
`);

const ONE = graphql('query OnePayment($id: ID!) { payment(id: $id) { ...AdminPayment } }', [PAYMENT]);

export type Payment = FragmentOf<typeof PAYMENT>;

/** Asks for its payment itself: the row that it was opened from may move away meanwhile. */
export function PaymentDialog({ paymentId, onClose }: { paymentId: string; onClose: () => void }) {
  const answer = useAsk(ONE, { id: paymentId });
  const payment = answer.data?.payment;
  const title = payment ? t('payment.title', { amount: money(payment.amount) }) : t('payment.one');
  return (
    <Dialog title={title} onClose={onClose}>
      {payment ? (
        <Known payment={payment} onClose={onClose} />
      ) : (
        <PendingPart answer={answer} failed={t('payments.failed')} />
      )}
    </Dialog>
  );
}

function Known({ payment, onClose }: { payment: Payment; onClose: () => void }) {
  const [isRefunding, setRefunding] = useState(false);
  const mayRefund = useMayRefund();
  const { subscription, number } = payment.invoice;
  return (
    <>
      <Facts
        facts={[
          [t('column.status'), <Status of="payment" value={payment.status} />],
          [t('payment.failure'), payment.failureCode && declineText(payment.failureCode)],
          [t('payment.disputed'), payment.disputed ? t('payment.disputedText') : null],
          [
            t('column.customer'),
            <Link to={`/admin/assinaturas/${subscription.id}`} class="link">
              {subscription.customer.email}
            </Link>,
          ],
          [t('column.method'), wayPaidText(payment)],
          [t('invoice'), number],
          [t('column.date'), moment(payment.createdAt)],
          [t('invoice.paidOn'), payment.completedAt && moment(payment.completedAt)],
          [t('event.tries'), payment.attempts],
          [t('event.id'), <span class="mono">{payment.id}</span>],
        ]}
      />
      {payment.refunds.length > 0 && <Refunds payment={payment} />}
      <div class="actions">
        {mayRefund(payment) && <Button onClick={() => setRefunding(true)}>{t('refund')}</Button>}
        <Button onClick={onClose}>{t('close')}</Button>
      </div>
      {isRefunding && <RefundDialog paymentId={payment.id} onClose={() => setRefunding(false)} />}
    </>
  );
}

function Refunds({ payment }: { payment: Payment }) {
  return (
    <section class="stack">
      <h3>{t('refunds')}</h3>
      <ul class="lines">
        {payment.refunds.map((refund) => (
          <li key={refund.id} class="line">
            <span class="line-what">
              <span>{word('refundStatus', refund.status)}</span>
              <span class="sub small">
                {[moment(refund.createdAt), refund.reason].filter(Boolean).join(', ')}
              </span>
            </span>
            <span class="line-amount">{money(refund.amount)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
