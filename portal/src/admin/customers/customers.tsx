/** Customers: found by what somebody remembers of them. The filters are in the address. */

import { useEffect, useState } from 'preact/hooks';
import { usePages } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { t, word } from '../../i18n';
import { instantDate } from '../../i18n/format';
import { Link, navigate, useSearchParameter } from '../../router';
import { Button } from '../../ui/button';
import { Select, TextField } from '../../ui/field';
import { List } from '../../ui/list';
import { Page } from '../../ui/page';
import { Empty } from '../../ui/states';
import { Status } from '../../ui/status';
import type { Column } from '../../ui/table';
import { ExportButton } from '../export-button';
import { Allowed } from '../permissions';
import { CustomerDialog } from './customer-form';

const CUSTOMERS = graphql(`
  query AdminCustomers($filter: CustomerFilter, $orderBy: CustomerOrder, $first: Int!, $after: String) {
    customers(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
      edges { node { id email emailBroken name taxId externalId createdAt anonymizedAt } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

type Customer = ResultOf<typeof CUSTOMERS>['customers']['edges'][number]['node'];

const SEARCH_CHARS_MAX = 200;
/** Nobody wants answers to half a word. */
const SEARCH_WAIT_MS = 200;
const STATUSES = ['ACTIVE', 'TRIALING', 'PAST_DUE', 'SUSPENDED', 'PAUSED', 'PENDING', 'CANCELLED'] as const;
const ORDERS = ['CREATED_AT', 'NAME', 'EMAIL'] as const;

export function CustomersScreen() {
  const [search, setSearch] = useSearchParameter('busca');
  const [status, setStatus] = useSearchParameter('situacao');
  const [debt, setDebt] = useSearchParameter('divida');
  const [order, setOrder] = useSearchParameter('ordem');
  const [typed, setTyped] = useState(search);
  const [isNew, setNew] = useState(false);
  useEffect(() => {
    if (typed === search) return;
    const timer = setTimeout(() => setSearch(typed), SEARCH_WAIT_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const chosen = STATUSES.find((one) => one === status);
  const field = ORDERS.find((one) => one === order) ?? 'CREATED_AT';
  const filter = {
    search: search.trim() || null,
    status: chosen ? [chosen] : null,
    hasOverdue: debt ? debt === 'SIM' : null,
  };
  const orderBy = { field, direction: field === 'CREATED_AT' ? ('DESC' as const) : ('ASC' as const) };
  const pages = usePages(CUSTOMERS, { filter, orderBy }, (data) => data.customers);
  const clear = () => {
    setTyped('');
    setSearch('');
    setStatus('');
    setDebt('');
  };
  return (
    <Page title={t('customers')} lede={t('customers.lede')} aside={<ExportButton kind="customers" />}>
      <Allowed to="CUSTOMERS_WRITE">
        <div class="actions before-list">
          <Button look="primary" isSmall onClick={() => setNew(true)}>
            {t('customers.new')}
          </Button>
        </div>
      </Allowed>
      <search class="filters">
        <div class="is-grown">
          <TextField
            label={t('customers.search')}
            type="search"
            value={typed}
            onValue={setTyped}
            placeholder={t('customers.searchHint')}
            maxLength={SEARCH_CHARS_MAX}
          />
        </div>
        <Select
          label={t('customers.status')}
          value={status}
          onValue={setStatus}
          options={[
            ['', t('filter.all')],
            ...STATUSES.map((one) => [one, word('subscription', one)] as const),
          ]}
        />
        <Select
          label={t('customers.debt')}
          value={debt}
          onValue={setDebt}
          options={[
            ['', t('customers.debtAny')],
            ['SIM', t('customers.debtYes')],
            ['NAO', t('customers.debtNo')],
          ]}
        />
        <Select
          label={t('customers.order')}
          value={field}
          onValue={setOrder}
          options={ORDERS.map((one) => [one, t(`customers.${one}`)] as const)}
        />
      </search>
      <List
        caption={t('customers')}
        pages={pages}
        columns={columns()}
        failed={t('customers.failed')}
        onClear={search || status || debt ? clear : undefined}
        empty={<Empty title={t('customers.empty')} text={t('customers.emptyText')} />}
      />
      {isNew && (
        <CustomerDialog onClose={() => setNew(false)} onDone={(id) => navigate(`/admin/clientes/${id}`)} />
      )}
    </Page>
  );
}

function columns(): Column<Customer>[] {
  return [
    {
      place: 'main',
      title: t('column.customer'),
      cell: (one) => (
        <Link to={`/admin/clientes/${one.id}`} class="row-link">
          {one.anonymizedAt ? t('customer.anonymized') : (one.name ?? one.email)}
        </Link>
      ),
    },
    {
      place: 'how',
      title: t('customer.email'),
      cell: (one) => (
        <>
          {one.anonymizedAt ? '–' : one.email} {one.emailBroken && <Status of="mailState" value="BOUNCED" />}
        </>
      ),
    },
    { place: 'state', title: t('customer.taxId'), cell: (one) => one.taxId ?? '–' },
    { place: 'amount', title: t('customer.externalId'), cell: (one) => one.externalId ?? '–' },
    { place: 'when', title: t('column.since'), cell: (one) => instantDate(one.createdAt) },
  ];
}
