/** Events: what happened, how far the groups are with it, and what a person has to look at. */

import { usePages, useTotal } from '../api/asking';
import { graphql, type ResultOf } from '../graphql';
import { t, word } from '../i18n';
import { language } from '../i18n/language';
import { oneOf, orderOf, useFilters } from '../ui/filters';
import { List } from '../ui/list';
import { Page, Section } from '../ui/page';
import { Empty } from '../ui/states';
import { DueFaults } from './due-faults';
import { EVENT, useEventColumns } from './event-rows';
import { EventTabs } from './event-tabs';
import { ExportButton } from './export-button';
import { Groups } from './groups';
import { useMay } from './permissions';
import { useReviewDecisions } from './review';

const EVENTS = graphql(
  `
    query Events($filter: EventFilter, $orderBy: EventOrder, $first: Int!, $after: String) {
      events(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
        edges { node { ...EventRow } }
        pageInfo { hasNextPage endCursor }
      }
    }
  `,
  [EVENT],
);

const TOTAL = graphql(`
  query EventsTotal($filter: EventFilter) { events(filter: $filter, first: 1) { totalCount } }
`);

type EventType = ResultOf<typeof EVENTS>['events']['edges'][number]['node']['type'];

const TYPES: readonly EventType[] = [
  'BALANCE_RECEIVED',
  'BILLING_DAY_CHANGED',
  'CANCELLATION_REQUESTED',
  'CANCELLATION_REVOKED',
  'CHARGE_DROPPED',
  'CHARGE_REQUESTED',
  'COLLECTION_CHANGED',
  'CREDIT_EXPIRED',
  'CREDIT_GRANTED',
  'CREDIT_NOTE_CREATED',
  'CUSTOMER_REASSIGNED',
  'DISCOUNT_APPLIED',
  'DISCOUNT_REMOVED',
  'DISPUTE_CLOSED',
  'DUNNING_EXHAUSTED',
  'GRACE_ENDED',
  'INVOICE_CREATED',
  'INVOICE_ITEM_ADDED',
  'INVOICE_ITEM_REMOVED',
  'INVOICE_OVERDUE',
  'INVOICE_PAID_OUTSIDE',
  'INVOICE_PAYMENT_REQUESTED',
  'INVOICE_VOIDED',
  'INVOICE_WRITTEN_OFF',
  'MONEY_ASSIGNED',
  'PAUSE_BEGUN',
  'PAUSE_ENDED',
  'PAYMENT_DISPUTED',
  'PAYMENT_EXPIRED',
  'PAYMENT_FAILED',
  'PAYMENT_METHOD_UPDATED',
  'PAYMENT_PENDING',
  'PAYMENT_REFUNDED',
  'PAYMENT_SUCCESS',
  'PENDING_EXPIRED',
  'PERIOD_ENDED',
  'PLAN_CHANGED',
  'PLAN_CHANGE_DROPPED',
  'REFUND_CREATED',
  'REFUND_FAILED',
  'REFUND_REQUESTED',
  'REGISTRATION_REQUESTED',
  'REMINDER_DUE',
  'RENEWAL_ISSUED',
  'RETRY_DUE',
  'SUBSCRIPTION_CREATED',
  'SUBSCRIPTION_PAUSED',
  'SUBSCRIPTION_REGISTERED',
  'SUBSCRIPTION_RESUMED',
  'TAX_PROFILE_CHANGED',
  'TRIAL_ENDED',
  'TRIAL_END_REQUESTED',
  'TRIAL_EXTENDED',
  'WITHDRAWAL_REQUESTED',
];
const STATES = ['APPLIED', 'WAITING'] as const;
/** By when they happened. */
const DIRECTIONS = ['DESC', 'ASC'] as const;

export function EventsScreen() {
  const { chosen, clear, fields } = useFilters([
    { name: 'tipo', label: t('column.event'), options: typeOptions() },
    oneOf('situacao', t('filter.status'), STATES, 'event'),
    orderOf(DIRECTIONS, 'events'),
  ]);
  const state = chosen('situacao');
  const filter = { type: chosen<EventType>('tipo'), processed: state === null ? null : state === 'APPLIED' };
  const direction = chosen<(typeof DIRECTIONS)[number]>('ordem') ?? 'DESC';
  const orderBy = { field: 'OCCURRED_AT' as const, direction };
  const { columns, dialog } = useEventColumns();
  return (
    <Page title={t('events')} lede={t('events.lede')} aside={<EventTabs />}>
      <Groups />
      <DueFaults />
      <Section title={t('events.stream')} isRuled aside={<ExportButton kind="events" />}>
        {fields}
        <List
          caption={t('events')}
          pages={usePages(EVENTS, { filter, orderBy }, (data) => data.events)}
          total={useTotal(TOTAL, { filter }, (data) => data.events.totalCount)}
          columns={columns}
          failed={t('events.failed')}
          onClear={clear}
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
  const decisions = useReviewDecisions();
  const canDecide = useMay()('REFUNDS_WRITE');
  const facts = columns.filter((column) => column.place !== 'action');
  return (
    <Page title={t('review')} lede={t('review.lede')} aside={<EventTabs />}>
      <List
        caption={t('review')}
        pages={pages}
        columns={canDecide ? [...facts, decisions.column] : columns}
        failed={t('events.failed')}
        empty={<Empty title={t('review.empty')} text={t('review.emptyText')} />}
      />
      {dialog}
      {decisions.dialog}
    </Page>
  );
}

function typeOptions() {
  const named = TYPES.map((one) => [one as string, word('event', one)] as const);
  return [
    ['', t('events.all')] as const,
    ...named.sort(([, one], [, other]) => one.localeCompare(other, language.value)),
  ];
}
