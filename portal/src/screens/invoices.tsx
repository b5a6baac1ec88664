/** Invoices, with filters that the address keeps. */

import { usePages } from '../api/asking';
import { graphql, type ResultOf } from '../graphql';
import { t, word } from '../i18n';
import { invoicePeriodText, invoiceText } from '../i18n/billing';
import { instantDate, money } from '../i18n/format';
import { Link, useSearchParameter } from '../router';
import { Select } from '../ui/field';
import { List } from '../ui/list';
import { Page } from '../ui/page';
import { Empty } from '../ui/states';
import { Status } from '../ui/status';
import type { Column } from '../ui/table';
import { PdfButton } from './pdf-button';
import { periodOptions, useStartOf } from './period-filter';

const INVOICES = graphql(`
  query Invoices($filter: InvoiceFilter, $first: Int!, $after: String) {
    invoices(filter: $filter, first: $first, after: $after) {
      edges {
        node {
          id
          number
          kind
          status
          total { amount currency }
          issuedAt
          pdfUrl
          period { start end }
          lines { kind description }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

type Invoice = ResultOf<typeof INVOICES>['invoices']['edges'][number]['node'];

const STATUSES = ['PAID', 'PENDING', 'OVERDUE', 'CANCELED'] as const;

export function InvoicesScreen() {
  const [status, setStatus] = useSearchParameter('situacao');
  const [period, setPeriod] = useSearchParameter('periodo');
  const startDate = useStartOf(period);
  const filter = { status: STATUSES.find((one) => one === status) ?? null, startDate: startDate ?? null };
  const list = usePages(INVOICES, { filter }, (data) => data.invoices, { pause: startDate === undefined });
  const clear = () => {
    setStatus('');
    setPeriod('');
  };
  const statuses = [
    ['', t('filter.all')] as const,
    ...STATUSES.map((one) => [one, word('invoice', one)] as const),
  ];
  return (
    <Page title={t('invoices')} lede={t('invoices.lede')}>
      <div class="filters">
        <Select label={t('filter.status')} value={status} onValue={setStatus} options={statuses} />
        <Select label={t('filter.period')} value={period} onValue={setPeriod} options={periodOptions()} />
      </div>
      <List
        caption={t('invoices')}
        pages={list}
        columns={columns()}
        failed={t('invoices.failed')}
        onClear={status || period ? clear : undefined}
        empty={<Empty title={t('invoices.empty')} text={t('invoices.emptyText')} />}
      />
    </Page>
  );
}

function columns(): Column<Invoice>[] {
  return [
    { place: 'when', title: t('column.issued'), cell: (invoice) => instantDate(invoice.issuedAt) },
    {
      place: 'main',
      title: t('column.description'),
      cell: (invoice) => (
        <>
          <Link to={`/faturas/${invoice.id}`} class="row-link">
            {invoiceText(invoice)}
          </Link>
          <span class="sub period">{invoicePeriodText(invoice)}</span>
        </>
      ),
    },
    { place: 'how', title: t('column.number'), cell: (invoice) => invoice.number },
    {
      place: 'state',
      title: t('column.status'),
      cell: (invoice) => <Status of="invoice" value={invoice.status} />,
    },
    { place: 'amount', title: t('column.amount'), cell: (invoice) => money(invoice.total) },
    {
      place: 'action',
      title: '',
      cell: (invoice) => <PdfButton invoice={invoice} label={t('invoices.pdf')} />,
    },
  ];
}
