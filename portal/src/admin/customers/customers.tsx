/** Customers: found by what somebody remembers of them. The filters are in the address. */

import { useState } from 'preact/hooks';
import { usePages, useTotal } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { t } from '../../i18n';
import { instantDate } from '../../i18n/format';
import { Link, navigate } from '../../router';
import { Button } from '../../ui/button';
import { oneOf, orderOf, useFilters } from '../../ui/filters';
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

const TOTAL = graphql(`
  query CustomersTotal($filter: CustomerFilter) { customers(filter: $filter, first: 1) { totalCount } }
`);

const STATUSES = ['ACTIVE', 'TRIALING', 'PAST_DUE', 'SUSPENDED', 'PAUSED', 'PENDING', 'CANCELLED'] as const;
const ORDERS = ['CREATED_AT', 'NAME', 'EMAIL'] as const;

export function CustomersScreen() {
  const [isNew, setNew] = useState(false);
  const { chosen, clear, fields } = useFilters([
    { name: 'busca', label: t('customers.search'), placeholder: t('customers.searchHint') },
    oneOf('situacao', t('customers.status'), STATUSES, 'subscription'),
    {
      name: 'divida',
      label: t('customers.debt'),
      options: [
        ['', t('customers.debtAny')],
        ['SIM', t('customers.debtYes')],
        ['NAO', t('customers.debtNo')],
      ],
    },
    orderOf(ORDERS, 'customers'),
  ]);
  const status = chosen<(typeof STATUSES)[number]>('situacao');
  const debt = chosen('divida');
  const field = chosen<(typeof ORDERS)[number]>('ordem') ?? 'CREATED_AT';
  const filter = {
    search: chosen('busca'),
    status: status && [status],
    hasOverdue: debt ? debt === 'SIM' : null,
  };
  const orderBy = { field, direction: field === 'CREATED_AT' ? ('DESC' as const) : ('ASC' as const) };
  return (
    <Page title={t('customers')} lede={t('customers.lede')} aside={<ExportButton kind="customers" />}>
      <Allowed to="CUSTOMERS_WRITE">
        <div class="actions before-list">
          <Button look="primary" isSmall onClick={() => setNew(true)}>
            {t('customers.new')}
          </Button>
        </div>
      </Allowed>
      {fields}
      <List
        caption={t('customers')}
        pages={usePages(CUSTOMERS, { filter, orderBy }, (data) => data.customers)}
        total={useTotal(TOTAL, { filter }, (data) => data.customers.totalCount)}
        columns={columns()}
        failed={t('customers.failed')}
        onClear={clear}
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
