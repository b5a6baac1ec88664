/** Events: what happened, how far the groups are with it, and what a person has to look at. */

import { usePages } from '../api/asking';
import { graphql, type ResultOf } from '../graphql';
import { t, word } from '../i18n';
import { language } from '../i18n/language';
import { useSearchParameter } from '../router';
import { Select } from '../ui/field';
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
    query Events($filter: EventFilter, $first: Int!, $after: String) {
      events(filter: $filter, first: $first, after: $after) {
        edges { node { ...EventRow } }
        pageInfo { hasNextPage endCursor }
      }
    }
  `,
  [EVENT],
);

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

export function EventsScreen() {
  const [type, setType] = useSearchParameter('tipo');
  const [state, setState] = useSearchParameter('situacao');
  const filter = {
    type: TYPES.find((one) => one === type) ?? null,
    processed: state ? state === 'APPLIED' : null,
  };
  const pages = usePages(EVENTS, { filter }, (data) => data.events);
  const { columns, dialog } = useEventColumns();
  const clear = () => {
    setType('');
    setState('');
  };
  return (
    <Page title={t('events')} lede={t('events.lede')} aside={<EventTabs />}>
      <Groups />
      <DueFaults />
      <Section title={t('events.stream')} isRuled aside={<ExportButton kind="events" />}>
        <div class="filters">
          <Select label={t('column.event')} value={type} onValue={setType} options={typeOptions()} />
          <Select
            label={t('filter.status')}
            value={state}
            onValue={setState}
            options={[['', t('filter.all')], ...STATES.map((one) => [one, word('event', one)] as const)]}
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
