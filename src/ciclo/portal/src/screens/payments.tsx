/** Payment history, with filters that the address keeps. */

import { usePages } from '../api/asking';
import { graphql, type ResultOf } from '../graphql';
import { t, word } from '../i18n';
import { invoiceText, methodText, periodText } from '../i18n/billing';
import { instantDate, money } from '../i18n/format';
import { Link, useSearchParameter } from '../router';
import { ButtonLink } from '../ui/button';
import { Select } from '../ui/field';
import { List } from '../ui/list';
import { Page } from '../ui/page';
import { Empty } from '../ui/states';
import { Status } from '../ui/status';
import type { Column } from '../ui/table';
import { PdfButton } from './pdf-button';
import { periodOptions, useStartOf } from './period-filter';

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
          invoice { id number kind status pdfUrl period { start end } lines { kind description } }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

type Payment = ResultOf<typeof PAYMENTS>['payments']['edges'][number]['node'];
type PaymentStatus = Payment['status'];
type Method = NonNullable<Payment['paymentMethod']>['kind'];

const STATUSES = ['COMPLETED', 'PENDING', 'FAILED', 'REFUNDED'] as const;
const METHODS = ['CREDIT_CARD', 'PIX', 'BOLETO'] as const;

export function PaymentsScreen() {
  const [status, setStatus] = useSearchParameter('situacao');
  const [method, setMethod] = useSearchParameter('forma');
  const [period, setPeriod] = useSearchParameter('periodo');
  const startDate = useStartOf(period);
  const filter = {
    status: (status || null) as PaymentStatus | null,
    method: (method || null) as Method | null,
    startDate: startDate ?? null,
  };
  const list = usePages(PAYMENTS, { filter }, (data) => data.payments, { pause: startDate === undefined });
  const isFiltered = Boolean(status || method || period);
  const clear = () => {
    setStatus('');
    setMethod('');
    setPeriod('');
  };
  return (
    <Page title={t('payments')} lede={t('payments.lede')}>
      <div class="filters">
        <Select
          label={t('filter.status')}
          value={status}
          onValue={setStatus}
          options={choices('payment', STATUSES)}
        />
        <Select
          label={t('filter.method')}
          value={method}
          onValue={setMethod}
          options={choices('method', METHODS)}
        />
        <Select label={t('filter.period')} value={period} onValue={setPeriod} options={periodOptions()} />
      </div>
      <List
        caption={t('payments')}
        pages={list}
        columns={columns()}
        failed={t('payments.failed')}
        onClear={isFiltered ? clear : undefined}
        empty={
          <Empty title={t('payments.empty')} text={t('payments.emptyText')}>
            <ButtonLink to="/" isSmall>
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
          <span class="sub period">{periodText(invoice.period)}</span>
        </>
      ),
    },
    { place: 'how', title: t('column.method'), cell: (payment) => methodText(payment.paymentMethod) },
    {
      place: 'state',
      title: t('column.status'),
      cell: (payment) => <Status of="payment" value={payment.status} />,
    },
    { place: 'amount', title: t('column.amount'), cell: (payment) => <Amount payment={payment} /> },
    { place: 'action', title: '', cell: (payment) => <Action payment={payment} /> },
  ];
}

function Amount({ payment: { amount, refundedAmount, status } }: { payment: Payment }) {
  const isPartlyBack = status === 'COMPLETED' && Number(refundedAmount.amount) > 0;
  return (
    <>
      {money(amount)}
      {isPartlyBack && (
        <span class="sub block small">{t('payments.partlyBack', { amount: money(refundedAmount) })}</span>
      )}
    </>
  );
}

function Action({ payment: { status, invoice } }: { payment: Payment }) {
  const isOpen = invoice.status === 'PENDING' || invoice.status === 'OVERDUE';
  if (isOpen && (status === 'FAILED' || status === 'PENDING')) {
    return (
      <ButtonLink to={`/pagar/${invoice.id}`} look="link">
        {t(status === 'FAILED' ? 'payments.retry' : 'payments.payNow')}
      </ButtonLink>
    );
  }
  if (status === 'FAILED' || status === 'PENDING') return null;
  return <PdfButton invoice={invoice} label={t('payments.receipt')} />;
}

function choices(kind: string, values: readonly string[]) {
  return [['', t('filter.all')] as const, ...values.map((value) => [value, word(kind, value)] as const)];
}
