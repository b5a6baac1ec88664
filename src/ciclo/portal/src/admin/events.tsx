/** Events: what happened, how far the groups are with it, and what a person has to look at. */

import { useAsk, usePages } from '../api/asking';
import { graphql, type ResultOf } from '../graphql';
import { t, word } from '../i18n';
import { number } from '../i18n/format';
import { Link, path, useSearchParameter } from '../router';
import { Select } from '../ui/field';
import { List } from '../ui/list';
import { Page, Section } from '../ui/page';
import { Empty } from '../ui/states';
import { EVENT, useEventColumns } from './event-rows';

const EVENTS = graphql(
  `
    query Events($filter: EventFilter, $first: Int!, $after: String) {
      events(filter: $filter, first: $first, after: $after) {
        edges { node { ...EventRow } }
        pageInfo { hasNextPage endCursor }
      }
    }
  `,
  [EVENT],
);
const GROUPS = graphql(`
  query Groups {
    consumerGroups { stream group lag pending consumers oldestPendingIdleMs handled retried dead claimed }
  }
`);

type EventType = ResultOf<typeof EVENTS>['events']['edges'][number]['node']['type'];

const GROUPS_EVERY_MS = 3_000;
const TYPES = [
  'SUBSCRIPTION_CREATED',
  'PLAN_CHANGED',
  'PAYMENT_SUCCESS',
  'PAYMENT_FAILED',
  'PAYMENT_REFUNDED',
  'PERIOD_ENDED',
  'TRIAL_ENDED',
  'RETRY_DUE',
  'CANCELLATION_REQUESTED',
  'CHARGE_REQUESTED',
] as const;

export function EventsScreen() {
  const [type, setType] = useSearchParameter('tipo');
  const [state, setState] = useSearchParameter('situacao');
  const filter = { type: (type || null) as EventType | null, processed: state ? state === 'APPLIED' : null };
  const pages = usePages(EVENTS, { filter }, (data) => data.events);
  const { columns, dialog } = useEventColumns();
  const clear = () => {
    setType('');
    setState('');
  };
  return (
    <Page title={t('events')} aside={<EventTabs />}>
      <Groups />
      <Section title={t('events.stream')} isRuled>
        <div class="filters">
          <Select
            label={t('column.event')}
            value={type}
            onValue={setType}
            options={[['', t('filter.all')], ...TYPES.map((one) => [one, word('event', one)] as const)]}
          />
          <Select
            label={t('filter.status')}
            value={state}
            onValue={setState}
            options={[
              ['', t('filter.all')],
              ...['APPLIED', 'WAITING'].map((one) => [one, word('event', one)] as const),
            ]}
          />
        </div>
        <List
          caption={t('events')}
          pages={pages}
          columns={columns}
          failed={t('events.failed')}
          onClear={type || state ? clear : undefined}
          empty={<Empty title={t('events.empty')} text={t('events.emptyText')} />}
        />
      </Section>
      {dialog}
    </Page>
  );
}

export function ReviewScreen() {
  const pages = usePages(EVENTS, { filter: { needsReview: true } }, (data) => data.events);
  const { columns, dialog } = useEventColumns();
  const withReasons = columns.map((column) =>
    column.place === 'how'
      ? {
          ...column,
          title: t('event.review'),
          cell: (event: { review: string | null }) => word('review', event.review ?? ''),
        }
      : column,
  );
  return (
    <Page title={t('review')} lede={t('review.lede')} aside={<EventTabs />}>
      <List
        caption={t('review')}
        pages={pages}
        columns={withReasons}
        failed={t('events.failed')}
        empty={<Empty title={t('review.empty')} text={t('review.emptyText')} />}
      />
      {dialog}
    </Page>
  );
}

/** The three lists of events; each has an address of its own. */
export function EventTabs() {
  const tabs = [
    ['/admin/eventos', t('events.all')],
    ['/admin/eventos/revisao', t('review.tab')],
    ['/admin/eventos/falhas', t('dead.tab')],
  ] as const;
  return (
    <nav class="segments" aria-label={t('events')}>
      {tabs.map(([to, name]) => (
        <Link key={to} to={to} class="segment" current={path.value === to}>
          {name}
        </Link>
      ))}
    </nav>
  );
}

function Groups() {
  const { data } = useAsk(GROUPS, {}, { everyMs: GROUPS_EVERY_MS });
  return (
    <ul class="groups">
      {data?.consumerGroups.map((group) => (
        <li key={`${group.stream}/${group.group}`} class="card">
          <h2 class="card-title">{word('group', group.group)}</h2>
          <dl class="numbers">
            <Count name={t('group.lag')} value={group.lag ?? 0} />
            <Count name={t('group.pending')} value={group.pending} />
            <Count name={t('group.consumers')} value={group.consumers} />
            <Count name={t('group.handled')} value={group.handled} />
            <Count name={t('group.retried')} value={group.retried} />
            <Count name={t('group.dead')} value={group.dead} />
          </dl>
        </li>
      ))}
    </ul>
  );
}

function Count({ name, value }: { name: string; value: number }) {
  return (
    <div>
      <dt class="small muted">{name}</dt>
      <dd>{number(value)}</dd>
    </div>
  );
}
