/** Subscriptions: found by the customer's address or by state. */

import { useEffect, useState } from 'preact/hooks';
import { usePages } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { t, word } from '../../i18n';
import { planText, stateOf } from '../../i18n/billing';
import { columnDate, instantDate, money } from '../../i18n/format';
import { Link, useSearchParameter } from '../../router';
import { Select, TextField } from '../../ui/field';
import { List } from '../../ui/list';
import { Page } from '../../ui/page';
import { Empty } from '../../ui/states';
import { Status } from '../../ui/status';
import type { Column } from '../../ui/table';
import { ExportButton } from '../export-button';

const SUBSCRIPTIONS = graphql(`
  query Subscriptions($filter: SubscriptionFilter, $first: Int!, $after: String) {
    subscriptions(filter: $filter, first: $first, after: $after) {
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

const EMAIL_CHARS_MAX = 100;
/** Nobody wants answers to half a word. */
const SEARCH_WAIT_MS = 200;
const STATUSES = ['ACTIVE', 'TRIALING', 'PAST_DUE', 'SUSPENDED', 'PAUSED', 'PENDING', 'CANCELLED'] as const;

export function SubscriptionsScreen() {
  const [email, setEmail] = useSearchParameter('cliente');
  const [status, setStatus] = useSearchParameter('situacao');
  const [typed, setTyped] = useState(email);
  useEffect(() => {
    if (typed === email) return;
    const timer = setTimeout(() => setEmail(typed), SEARCH_WAIT_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const chosen = STATUSES.find((one) => one === status);
  const filter = { customerEmail: email.trim() || null, status: chosen ? [chosen] : null };
  const pages = usePages(SUBSCRIPTIONS, { filter }, (data) => data.subscriptions);
  const clear = () => {
    setTyped('');
    setEmail('');
    setStatus('');
  };
  return (
    <Page
      title={t('subscriptions')}
      lede={t('subscriptions.lede')}
      aside={<ExportButton kind="subscriptions" />}
    >
      <search class="filters">
        <div class="is-grown">
          <TextField
            label={t('column.customer')}
            type="search"
            value={typed}
            onValue={setTyped}
            placeholder={t('subscriptions.search')}
            maxLength={EMAIL_CHARS_MAX}
          />
        </div>
        <Select
          label={t('filter.status')}
          value={status}
          onValue={setStatus}
          options={[
            ['', t('filter.all')],
            ...STATUSES.map((one) => [one, word('subscription', one)] as const),
          ]}
        />
      </search>
      <List
        caption={t('subscriptions')}
        pages={pages}
        columns={columns()}
        failed={t('subscriptions.failed')}
        onClear={email || status ? clear : undefined}
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
