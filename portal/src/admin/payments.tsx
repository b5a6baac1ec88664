/** Everybody's payments, each with what went back of it. */

import { useState } from 'preact/hooks';
import { usePages, useTotal } from '../api/asking';
import { graphql } from '../graphql';
import { t } from '../i18n';
import { wayPaidText } from '../i18n/billing';
import { instantDate } from '../i18n/format';
import { PAYMENT_METHODS, PAYMENT_STATUSES, PaidAmount } from '../screens/payment-filters';
import { periodOptions, useStartOf } from '../screens/period-filter';
import { Button } from '../ui/button';
import { oneOf, orderOf, useFilters } from '../ui/filters';
import { List } from '../ui/list';
import { Page } from '../ui/page';
import { Empty } from '../ui/states';
import { Status } from '../ui/status';
import type { Column } from '../ui/table';
import { ExportButton } from './export-button';
import { PAYMENT, type Payment, PaymentDialog } from './payment-dialog';
import { RefundDialog, useMayRefund } from './refund';

const PAYMENTS = graphql(
  `
    query AdminPayments($filter: PaymentFilter, $orderBy: PaymentOrder, $first: Int!, $after: String) {
      payments(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
        edges { node { ...AdminPayment } }
        pageInfo { hasNextPage endCursor }
      }
    }
  `,
  [PAYMENT],
);

const TOTAL = graphql(`
  query PaymentsTotal($filter: PaymentFilter) { payments(filter: $filter, first: 1) { totalCount } }
`);

const ORDERS = ['CREATED_AT', 'AMOUNT'] as const;

export function PaymentsScreen() {
  const { chosen, clear, fields } = useFilters([
    oneOf('situacao', t('filter.status'), PAYMENT_STATUSES, 'payment'),
    oneOf('forma', t('filter.method'), PAYMENT_METHODS, 'method'),
    { name: 'periodo', label: t('filter.period'), options: periodOptions() },
    orderOf(ORDERS, 'payments'),
  ]);
  const startDate = useStartOf(chosen('periodo') ?? '');
  const filter = {
    status: chosen<(typeof PAYMENT_STATUSES)[number]>('situacao'),
    method: chosen<(typeof PAYMENT_METHODS)[number]>('forma'),
    startDate: startDate ?? null,
  };
  const orderBy = {
    field: chosen<(typeof ORDERS)[number]>('ordem') ?? 'CREATED_AT',
    direction: 'DESC' as const,
  };
  const options = { pause: startDate === undefined };
  const { columns, dialog } = usePaymentColumns();
  return (
    <Page title={t('payments')} lede={t('payments.adminLede')} aside={<ExportButton kind="payments" />}>
      {fields}
      <List
        caption={t('payments')}
        pages={usePages(PAYMENTS, { filter, orderBy }, (data) => data.payments, options)}
        total={useTotal(TOTAL, { filter }, (data) => data.payments.totalCount, options)}
        columns={columns}
        failed={t('payments.failed')}
        onClear={clear}
        empty={<Empty title={t('payments.empty')} text={t('payments.adminEmptyText')} />}
      />
      {dialog}
    </Page>
  );
}

type Opened = { id: string; act: 'see' | 'refund' };

/** Returns the columns of a list of payments, and the dialog of the one that is open: it needs no row any more. */
export function usePaymentColumns() {
  const [opened, setOpened] = useState<Opened | null>(null);
  const mayRefund = useMayRefund();
  const open = ({ id }: Payment) => setOpened({ id, act: 'see' });
  const close = () => setOpened(null);
  const columns: Column<Payment>[] = [
    { place: 'when', title: t('column.date'), cell: (payment) => instantDate(payment.createdAt) },
    {
      place: 'main',
      title: t('column.customer'),
      cell: (payment) => (
        <button type="button" class="row-link row-button" onClick={() => open(payment)}>
          {payment.invoice.subscription.customer.email}
        </button>
      ),
    },
    { place: 'how', title: t('column.method'), cell: (payment) => wayPaidText(payment) },
    {
      place: 'state',
      title: t('column.status'),
      cell: (payment) => <Status of="payment" value={payment.status} />,
    },
    { place: 'amount', title: t('column.amount'), cell: (payment) => <PaidAmount payment={payment} /> },
    {
      place: 'action',
      title: '',
      // Phones have it in the dialog: a row shows what there is to do, and mostly there is nothing.
      cell: (payment) =>
        mayRefund(payment) && (
          <span class="if-wide">
            <Button look="link" onClick={() => setOpened({ id: payment.id, act: 'refund' })}>
              {t('refund')}
            </Button>
          </span>
        ),
    },
  ];
  const Shown = opened?.act === 'refund' ? RefundDialog : PaymentDialog;
  const dialog = opened && <Shown key={opened.id} paymentId={opened.id} onClose={close} />;
  return { columns, dialog, open };
}
