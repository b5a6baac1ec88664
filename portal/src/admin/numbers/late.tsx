/** Who is late: since when, with how much, when they are tried again, and why the last try failed. */

import { useAsk, usePages } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { counted, t } from '../../i18n';
import { dayOf } from '../../i18n/business-day';
import { columnDate, date, money } from '../../i18n/format';
import { declineText } from '../../i18n/refusals';
import { Link } from '../../router';
import { List } from '../../ui/list';
import { Page, Section } from '../../ui/page';
import { Empty } from '../../ui/states';
import type { Column } from '../../ui/table';
import { LateRefunds } from './late-refunds';
import { daysBetween } from './span';
import { NumbersTabs } from './tabs';

const TODAY = graphql('query LateToday { clock { now } }');
const LATE = graphql(`
  query LateInvoices($first: Int!, $after: String) {
    lateInvoices(first: $first, after: $after) {
      totalCount
      edges {
        node {
          id
          number
          amountDue { amount currency }
          dueDate
          dunning { retryOn retries suspended needsNewMethod }
          payments { id failureCode status }
          subscription { id status plan { id name } customer { id email name } }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

type Late = ResultOf<typeof LATE>['lateInvoices']['edges'][number]['node'];

export function LateScreen() {
  const clock = useAsk(TODAY, {});
  const pages = usePages(LATE, {}, (data) => data.lateInvoices);
  const today = clock.data && dayOf(clock.data.clock.now);
  return (
    <Page title={t('late')} lede={t('late.lede')} aside={<NumbersTabs />}>
      <List
        caption={t('late')}
        pages={pages}
        columns={columnsOn(today)}
        failed={t('late.failed')}
        empty={<Empty title={t('late.empty')} text={t('late.emptyText')} />}
      />
      <Section title={t('lateRefunds')} isRuled>
        <p class="muted form-note">{t('lateRefunds.lede')}</p>
        <LateRefunds today={today} />
      </Section>
    </Page>
  );
}

function columnsOn(today: string | undefined): Column<Late>[] {
  return [
    {
      place: 'main',
      title: t('column.customer'),
      cell: ({ subscription: { customer, plan } }) => (
        <>
          <Link to={`/admin/clientes/${customer.id}`} class="link">
            {customer.name ?? customer.email}
          </Link>
          <span class="sub outcome below">{plan.name}</span>
        </>
      ),
    },
    {
      place: 'when',
      title: t('late.since'),
      cell: ({ dueDate }) => (
        <>
          {today ? counted('late.days', Math.max(0, daysBetween(dueDate, today))) : ''}
          <span class="sub outcome below">{t('late.due', { date: columnDate(dueDate) })}</span>
        </>
      ),
    },
    {
      place: 'how',
      title: t('late.why'),
      cell: (invoice) => <span class="wraps sentence">{whyOf(invoice)}</span>,
    },
    {
      place: 'state',
      title: t('late.next'),
      cell: (invoice) => (
        <span class="wraps sentence">
          <span class="if-narrow">{t('late.next')}: </span>
          {nextOf(invoice)}
        </span>
      ),
    },
    { place: 'amount', title: t('column.amount'), cell: ({ amountDue }) => money(amountDue) },
    {
      place: 'action',
      title: '',
      cell: ({ id, number, subscription: { customer } }) => (
        <span class="row-actions">
          <Link to={`/admin/faturas/${id}`} class="link">
            {number ?? t('invoice')}
          </Link>
          <a class="link" href={mailTo(customer.email, number)}>
            {t('late.write')}
          </a>
        </span>
      ),
    },
  ];
}

/** The reason of the last try, or that nothing was tried: a code that nobody paid. */
function whyOf({ payments }: Late): string {
  const failed = payments.findLast(({ failureCode }) => failureCode);
  return failed?.failureCode ? declineText(failed.failureCode) : t('late.unpaid');
}

function nextOf({ dunning, subscription: { status } }: Late): string {
  if (status === 'CANCELLED') return t('late.ended');
  if (dunning?.needsNewMethod) return t('late.needsMethod');
  const when = dunning?.retryOn ? date(dunning.retryOn) : t('late.noTry');
  return dunning?.suspended ? t('late.suspended', { next: when }) : when;
}

function mailTo(email: string, number: string | null): string {
  return `mailto:${encodeURIComponent(email)}?subject=${encodeURIComponent(t('late.subject', { number: number ?? '' }))}`;
}
