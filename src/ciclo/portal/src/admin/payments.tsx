/** Everybody's payments, and sending them back. */

import { usePages } from '../api/asking';
import { graphql, type ResultOf } from '../graphql';
import { t } from '../i18n';
import { methodText } from '../i18n/billing';
import { instantDate } from '../i18n/format';
import { Link } from '../router';
import { PaidAmount, PaymentFilters, usePaymentFilter } from '../screens/payment-filters';
import { List } from '../ui/list';
import { Page } from '../ui/page';
import { Empty } from '../ui/states';
import { Status } from '../ui/status';
import type { Column } from '../ui/table';
import { RefundButton } from './refund';

const PAYMENTS = graphql(`
  query AdminPayments($filter: PaymentFilter, $first: Int!, $after: String) {
    payments(filter: $filter, first: $first, after: $after) {
      edges {
        node {
          id
          status
          amount { amount currency }
          refundedAmount { amount currency }
          createdAt
          paymentMethod { kind brand lastFour }
          invoice { id subscription { id customer { id email } } }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

type Payment = ResultOf<typeof PAYMENTS>['payments']['edges'][number]['node'];

export function PaymentsScreen() {
  const chosen = usePaymentFilter();
  const pages = usePages(PAYMENTS, { filter: chosen.filter }, (data) => data.payments, {
    pause: chosen.isPending,
  });
  return (
    <Page title={t('payments')}>
      <PaymentFilters chosen={chosen} />
      <List
        caption={t('payments')}
        pages={pages}
        columns={columns()}
        failed={t('payments.failed')}
        onClear={chosen.clear}
        empty={<Empty title={t('payments.empty')} />}
      />
    </Page>
  );
}

function columns(): Column<Payment>[] {
  return [
    { place: 'when', title: t('column.date'), cell: (payment) => instantDate(payment.createdAt) },
    {
      place: 'main',
      title: t('column.customer'),
      cell: ({ invoice: { subscription } }) => (
        <Link to={`/admin/assinaturas/${subscription.id}`} class="row-link">
          {subscription.customer.email}
        </Link>
      ),
    },
    { place: 'how', title: t('column.method'), cell: (payment) => methodText(payment.paymentMethod) },
    {
      place: 'state',
      title: t('column.status'),
      cell: (payment) => <Status of="payment" value={payment.status} />,
    },
    { place: 'amount', title: t('column.amount'), cell: (payment) => <PaidAmount payment={payment} /> },
    { place: 'action', title: '', cell: (payment) => <RefundButton payment={payment} /> },
  ];
}
