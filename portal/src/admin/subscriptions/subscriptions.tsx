/** Subscriptions: found by the customer's address or by state. */

import { usePages, useTotal } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { t } from '../../i18n';
import { planText, stateOf } from '../../i18n/billing';
import { columnDate, instantDate, money } from '../../i18n/format';
import { Link } from '../../router';
import { oneOf, orderOf, useFilters } from '../../ui/filters';
import { List } from '../../ui/list';
import { Page } from '../../ui/page';
import { Empty } from '../../ui/states';
import { Status } from '../../ui/status';
import type { Column } from '../../ui/table';
import { ExportButton } from '../export-button';

const SUBSCRIPTIONS = graphql(`
  query Subscriptions($filter: SubscriptionFilter, $orderBy: SubscriptionOrder, $first: Int!, $after: String) {
    subscriptions(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
      edges {
        node {
          id
          status
          createdAt
          cancelAtPeriodEnd
          nextBillingDate
          price { amount currency }
          plan { id name billingCycle }
          customer { id email }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

type Subscription = ResultOf<typeof SUBSCRIPTIONS>['subscriptions']['edges'][number]['node'];

const TOTAL = graphql(`
  query SubscriptionsTotal($filter: SubscriptionFilter) { subscriptions(filter: $filter, first: 1) { totalCount } }
`);

const STATUSES = ['ACTIVE', 'TRIALING', 'PAST_DUE', 'SUSPENDED', 'PAUSED', 'PENDING', 'CANCELLED'] as const;
const ORDERS = ['CREATED_AT', 'NEXT_BILLING_DATE', 'PRICE'] as const;

export function SubscriptionsScreen() {
  const { chosen, clear, fields } = useFilters([
    { name: 'cliente', label: t('column.customer'), placeholder: t('subscriptions.search') },
    oneOf('situacao', t('filter.status'), STATUSES, 'subscription'),
    orderOf(ORDERS, 'subscriptions'),
  ]);
  const status = chosen<(typeof STATUSES)[number]>('situacao');
  const field = chosen<(typeof ORDERS)[number]>('ordem') ?? 'CREATED_AT';
  const filter = { customerEmail: chosen('cliente'), status: status && [status] };
  const orderBy = { field, direction: 'DESC' as const };
  return (
    <Page
      title={t('subscriptions')}
      lede={t('subscriptions.lede')}
      aside={<ExportButton kind="subscriptions" />}
    >
      {fields}
      <List
        caption={t('subscriptions')}
        pages={usePages(SUBSCRIPTIONS, { filter, orderBy }, (data) => data.subscriptions)}
        total={useTotal(TOTAL, { filter }, (data) => data.subscriptions.totalCount)}
        columns={columns()}
        failed={t('subscriptions.failed')}
        onClear={clear}
        empty={<Empty title={t('subscriptions.empty')} text={t('subscriptions.emptyText')} />}
      />
    </Page>
  );
}

function columns(): Column<Subscription>[] {
  return [
    {
      place: 'main',
      title: t('column.customer'),
      cell: (one) => (
        <Link to={`/admin/assinaturas/${one.id}`} class="row-link">
          {one.customer.email}
        </Link>
      ),
    },
    { place: 'how', title: t('plan'), cell: (one) => planText(one.plan) },
    { place: 'when', title: t('column.since'), cell: (one) => instantDate(one.createdAt) },
    {
      place: 'state',
      title: t('column.status'),
      cell: (one) => <Status of="subscription" value={stateOf(one)} />,
    },
    { place: 'amount', title: t('checkout.priceName'), cell: (one) => money(one.price) },
    {
      place: 'action',
      title: t('subscription.next'),
      cell: (one) => (
        <span class="if-wide">{one.nextBillingDate ? columnDate(one.nextBillingDate) : '–'}</span>
      ),
    },
  ];
}
