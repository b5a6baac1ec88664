/** Everybody's invoices: found by number, state and time of issue. The filters are in the address. */

import { useEffect, useState } from 'preact/hooks';
import { usePages } from '../../api/asking';
import { graphql } from '../../graphql';
import { t, word } from '../../i18n';
import { useSearchParameter } from '../../router';
import { periodOptions, useStartOf } from '../../screens/period-filter';
import { Select, TextField } from '../../ui/field';
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

const STATUSES = ['PENDING', 'OVERDUE', 'PAID', 'CANCELED'] as const;
const ORDERS = ['ISSUED_AT', 'DUE_DATE', 'TOTAL'] as const;
const NUMBER_CHARS_MAX = 40;
/** Nobody wants answers to half a word. */
const SEARCH_WAIT_MS = 200;

export function InvoicesScreen() {
  const [number, setNumber] = useSearchParameter('numero');
  const [status, setStatus] = useSearchParameter('situacao');
  const [period, setPeriod] = useSearchParameter('periodo');
  const [order, setOrder] = useSearchParameter('ordem');
  const [typed, setTyped] = useState(number);
  useEffect(() => {
    if (typed === number) return;
    const timer = setTimeout(() => setNumber(typed), SEARCH_WAIT_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const startDate = useStartOf(period);
  const filter = {
    number: number.trim() || null,
    status: STATUSES.find((one) => one === status) ?? null,
    startDate: startDate ?? null,
  };
  const field = ORDERS.find((one) => one === order) ?? 'ISSUED_AT';
  const orderBy = { field, direction: 'DESC' as const };
  const pages = usePages(INVOICES, { filter, orderBy }, (data) => data.invoices, {
    pause: startDate === undefined,
  });
  const clear = () => {
    setTyped('');
    setNumber('');
    setStatus('');
    setPeriod('');
  };
  return (
    <Page title={t('invoices')} lede={t('invoices.adminLede')} aside={<ExportButton kind="invoices" />}>
      <search class="filters">
        <div class="is-grown">
          <TextField
            label={t('column.number')}
            type="search"
            value={typed}
            onValue={setTyped}
            placeholder={t('invoices.numberHint')}
            maxLength={NUMBER_CHARS_MAX}
          />
        </div>
        <Select
          label={t('filter.status')}
          value={status}
          onValue={setStatus}
          options={[['', t('filter.all')], ...STATUSES.map((one) => [one, word('invoice', one)] as const)]}
        />
        <Select label={t('filter.period')} value={period} onValue={setPeriod} options={periodOptions()} />
        <Select
          label={t('customers.order')}
          value={field}
          onValue={setOrder}
          options={ORDERS.map((one) => [one, t(`invoices.${one}`)] as const)}
        />
      </search>
      <List
        caption={t('invoices')}
        pages={pages}
        columns={columns()}
        failed={t('invoices.failed')}
        onClear={number || status || period ? clear : undefined}
        empty={<Empty title={t('invoices.empty')} text={t('invoices.emptyText')} />}
      />
    </Page>
  );
}

/** As elsewhere, with whose each is in the place of its file. */
function columns(): Column<Invoice>[] {
  const whose: Column<Invoice> = {
    place: 'action',
    title: t('column.customer'),
    cell: ({ subscription: { customer } }) => <span class="if-wide">{customer.name ?? customer.email}</span>,
  };
  return [...invoiceColumns().slice(0, -1), whose];
}
