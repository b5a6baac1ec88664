/** Refunds whose day is over, and of which the provider has said nothing. */

import { usePages } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { counted, t } from '../../i18n';
import { methodText } from '../../i18n/billing';
import { columnDate, money } from '../../i18n/format';
import { List } from '../../ui/list';
import { Empty } from '../../ui/states';
import type { Column } from '../../ui/table';
import { PAYMENT } from '../payment-dialog';
import { usePaymentColumns } from '../payments';
import { daysBetween } from './span';

const LATE = graphql(
  `
    query LateRefunds($first: Int!, $after: String) {
      lateRefunds(first: $first, after: $after) {
        edges {
          node {
            ...AdminPayment
            late: refunds { id late expectedBy amount { amount currency } }
          }
        }
        pageInfo { hasNextPage endCursor }
      }
    }
  `,
  [PAYMENT],
);

type Payment = ResultOf<typeof LATE>['lateRefunds']['edges'][number]['node'];

export function LateRefunds({ today }: { today: string | undefined }) {
  const pages = usePages(LATE, {}, (data) => data.lateRefunds);
  const { open, dialog } = usePaymentColumns();
  const columns: Column<Payment>[] = [
    {
      place: 'main',
      title: t('column.customer'),
      cell: (payment) => (
        <button type="button" class="row-link row-button" onClick={() => open(payment)}>
          {payment.invoice.subscription.customer.email}
        </button>
      ),
    },
    {
      place: 'when',
      title: t('late.since'),
      cell: (payment) => {
        const day = lateOf(payment)?.expectedBy;
        if (!day) return '';
        return (
          <>
            {today ? counted('late.days', Math.max(0, daysBetween(day, today))) : ''}
            <span class="sub outcome below">{t('lateRefunds.expected', { date: columnDate(day) })}</span>
          </>
        );
      },
    },
    { place: 'how', title: t('column.method'), cell: (payment) => methodText(payment.paymentMethod) },
    {
      place: 'amount',
      title: t('column.amount'),
      cell: (payment) => {
        const refund = lateOf(payment);
        return refund ? money(refund.amount) : '';
      },
    },
  ];
  return (
    <>
      <List
        caption={t('lateRefunds')}
        pages={pages}
        columns={columns}
        failed={t('late.failed')}
        empty={<Empty title={t('lateRefunds.empty')} text={t('lateRefunds.emptyText')} />}
      />
      {dialog}
    </>
  );
}

function lateOf(payment: Payment) {
  return payment.late.find(({ late }) => late);
}
