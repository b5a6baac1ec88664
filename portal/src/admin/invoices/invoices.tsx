/** Everybody's invoices: found by number, state and time of issue. The filters are in the address. */

import { usePages, useTotal } from '../../api/asking';
import { graphql } from '../../graphql';
import { t } from '../../i18n';
import { periodOptions, useStartOf } from '../../screens/period-filter';
import { oneOf, orderOf, useFilters } from '../../ui/filters';
import { List } from '../../ui/list';
import { Page } from '../../ui/page';
import { Empty } from '../../ui/states';
import type { Column } from '../../ui/table';
import { ExportButton } from '../export-button';
import { INVOICE_ROW, type InvoiceRow, invoiceColumns } from './invoice-rows';

const INVOICES = graphql(
  `
    query AdminInvoices($filter: InvoiceFilter, $orderBy: InvoiceOrder, $first: Int!, $after: String) {
      invoices(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
        edges { node { ...InvoiceRow subscription { id customer { id email name } } } }
        pageInfo { hasNextPage endCursor }
      }
    }
  `,
  [INVOICE_ROW],
);

type Invoice = InvoiceRow & { subscription: { customer: { email: string; name: string | null } } };

const TOTAL = graphql(`
  query InvoicesTotal($filter: InvoiceFilter) { invoices(filter: $filter, first: 1) { totalCount } }
`);

const STATUSES = ['PENDING', 'OVERDUE', 'PAID', 'CANCELED'] as const;
const ORDERS = ['ISSUED_AT', 'DUE_DATE', 'TOTAL'] as const;
const NUMBER_CHARS_MAX = 40;

export function InvoicesScreen() {
  const { chosen, clear, fields } = useFilters([
    {
      name: 'numero',
      label: t('column.number'),
      placeholder: t('invoices.numberHint'),
      charsMax: NUMBER_CHARS_MAX,
    },
    oneOf('situacao', t('filter.status'), STATUSES, 'invoice'),
    { name: 'periodo', label: t('filter.period'), options: periodOptions() },
    orderOf(ORDERS, 'invoices'),
  ]);
  const startDate = useStartOf(chosen('periodo') ?? '');
  const filter = {
    number: chosen('numero'),
    status: chosen<(typeof STATUSES)[number]>('situacao'),
    startDate: startDate ?? null,
  };
  const field = chosen<(typeof ORDERS)[number]>('ordem') ?? 'ISSUED_AT';
  const orderBy = { field, direction: 'DESC' as const };
  const options = { pause: startDate === undefined };
  return (
    <Page title={t('invoices')} lede={t('invoices.adminLede')} aside={<ExportButton kind="invoices" />}>
      {fields}
      <List
        caption={t('invoices')}
        pages={usePages(INVOICES, { filter, orderBy }, (data) => data.invoices, options)}
        total={useTotal(TOTAL, { filter }, (data) => data.invoices.totalCount, options)}
        columns={columns()}
        failed={t('invoices.failed')}
        onClear={clear}
        empty={<Empty title={t('invoices.empty')} text={t('invoices.emptyText')} />}
      />
    </Page>
  );
}

/** As elsewhere, with whose each is in the place of its file; where rows are two lines, beside its number. */
function columns(): Column<Invoice>[] {
  const whose: Column<Invoice> = {
    place: 'action',
    title: t('column.customer'),
    cell: (invoice) => <span class="if-wide">{customerOf(invoice)}</span>,
  };
  const numbered: Column<Invoice> = {
    place: 'how',
    title: t('column.number'),
    cell: (invoice) => (
      <>
        {invoice.number}
        <span class="if-narrow">, {customerOf(invoice)}</span>
      </>
    ),
  };
  const shared = invoiceColumns().slice(0, -1);
  return [...shared.map((column) => (column.place === 'how' ? numbered : column)), whose];
}

function customerOf({ subscription: { customer } }: Invoice): string {
  return customer.name ?? customer.email;
}
