/** Payment history, with filters that the address keeps. */

import { usePages } from '../api/asking';
import { graphql, type ResultOf } from '../graphql';
import { t } from '../i18n';
import { invoicePeriodText, invoiceText, wayPaidText } from '../i18n/billing';
import { instantDate } from '../i18n/format';
import { declineText } from '../i18n/refusals';
import { Link } from '../router';
import { ButtonLink } from '../ui/button';
import { List } from '../ui/list';
import { Page } from '../ui/page';
import { Empty } from '../ui/states';
import { Status } from '../ui/status';
import type { Column } from '../ui/table';
import { PaidAmount, PaymentFilters, usePaymentFilter } from './payment-filters';
import { ReceiptButton } from './pdf-button';

const PAYMENTS = graphql(`
  query Payments($filter: PaymentFilter, $first: Int!, $after: String) {
    payments(filter: $filter, first: $first, after: $after) {
      edges {
        node {
          id
          status
          amount { amount currency }
          refundedAmount { amount currency }
          createdAt
          failureCode
          paymentMethod { kind brand lastFour }
          paidOutside
          receipt { number pdfUrl }
          invoice { id number kind status period { start end } lines { kind description } }
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
    <Page title={t('payments')} lede={t('payments.lede')}>
      <PaymentFilters chosen={chosen} />
      <List
        caption={t('payments')}
        pages={pages}
        columns={columns()}
        failed={t('payments.failed')}
        onClear={chosen.clear}
        empty={
          <Empty title={t('payments.empty')} text={t('payments.emptyText')}>
            <ButtonLink to="/planos" isSmall>
              {t('subscription.choose')}
            </ButtonLink>
          </Empty>
        }
      />
    </Page>
  );
}

function columns(): Column<Payment>[] {
  return [
    { place: 'when', title: t('column.date'), cell: (payment) => instantDate(payment.createdAt) },
    {
      place: 'main',
      title: t('column.description'),
      cell: ({ invoice }) => (
        <>
          <Link to={`/faturas/${invoice.id}`} class="row-link">
            {invoiceText(invoice)}
          </Link>
          <span class="sub period">{invoicePeriodText(invoice)}</span>
        </>
      ),
    },
    { place: 'how', title: t('column.method'), cell: (payment) => wayPaidText(payment) },
    {
      place: 'state',
      title: t('column.status'),
      cell: (payment) => (
        <>
          <Status of="payment" value={payment.status} />
          {payment.failureCode && (
            <span class="sub block small if-wide">{declineText(payment.failureCode)}</span>
          )}
        </>
      ),
    },
    { place: 'amount', title: t('column.amount'), cell: (payment) => <PaidAmount payment={payment} /> },
    { place: 'action', title: '', cell: (payment) => <Action payment={payment} /> },
  ];
}

function Action({ payment: { status, invoice, receipt } }: { payment: Payment }) {
  const isOpen = invoice.status === 'PENDING' || invoice.status === 'OVERDUE';
  if (isOpen && (status === 'FAILED' || status === 'PENDING')) {
    return (
      <ButtonLink to={`/pagar/${invoice.id}`} look="link">
        {t(status === 'FAILED' ? 'payments.retry' : 'payments.payNow')}
      </ButtonLink>
    );
  }
  if (status === 'FAILED' || status === 'PENDING') return null;
  return receipt && <ReceiptButton receipt={receipt} />;
}
