/** One subscription, as an operator sees it: its state, its history, its invoices and payments. */

import { useAsk, usePages } from '../api/asking';
import { graphql } from '../graphql';
import { t } from '../i18n';
import { invoiceText, methodText, periodText, planText, priceText } from '../i18n/billing';
import { date, instant, instantDate, money } from '../i18n/format';
import { PdfButton } from '../screens/pdf-button';
import { Facts } from '../ui/facts';
import { List } from '../ui/list';
import { NotFound } from '../ui/not-found';
import { Page, Section } from '../ui/page';
import { Pending } from '../ui/pending';
import { Empty } from '../ui/states';
import { Status } from '../ui/status';
import { Table } from '../ui/table';
import { EVENT, useEventColumns } from './event-rows';
import { RefundButton } from './refund';

const SUBSCRIPTION = graphql(`
  query AdminSubscription($id: ID!) {
    subscription(id: $id) {
      id
      status
      price { amount currency }
      mrr { amount currency }
      currentPeriod { start end }
      nextBillingDate
      trialEndsOn
      paymentMethod { kind brand lastFour }
      pendingChange { planName takesEffectOn }
      cancelAtPeriodEnd
      cancelReason
      createdAt
      endedAt
      plan { id name billingCycle version }
      customer { id email name creditBalances { amount currency } }
      invoices(first: 10) {
        edges {
          node {
            id
            number
            kind
            status
            issuedAt
            pdfUrl
            total { amount currency }
            period { start end }
            lines { kind description }
          }
        }
      }
      payments(first: 10) {
        edges {
          node {
            id
            status
            createdAt
            failureCode
            attempts
            amount { amount currency }
            refundedAmount { amount currency }
            paymentMethod { kind brand lastFour }
          }
        }
      }
    }
  }
`);
const TIMELINE = graphql(
  `
    query Timeline($id: ID!, $first: Int!, $after: String) {
      events(filter: { subscriptionId: $id }, first: $first, after: $after) {
        edges { node { ...EventRow } }
        pageInfo { hasNextPage endCursor }
      }
    }
  `,
  [EVENT],
);

export function SubscriptionScreen({ subscriptionId }: { subscriptionId: string }) {
  const answer = useAsk(SUBSCRIPTION, { id: subscriptionId });
  const timeline = usePages(TIMELINE, { id: subscriptionId }, (data) => data.events);
  const { columns, dialog } = useEventColumns();
  if (!answer.data) {
    return <Pending answer={answer} title={t('subscription')} failed={t('subscription.failed')} />;
  }
  const one = answer.data.subscription;
  if (!one) return <NotFound home="/admin/assinaturas" />;
  const change = one.pendingChange;
  const credit = one.customer.creditBalances.filter((balance) => Number(balance.amount) > 0);
  return (
    <Page
      title={one.customer.email}
      lede={planText(one.plan)}
      aside={<Status of="subscription" value={one.status} />}
    >
      <div class="card pairs">
        <Facts
          facts={[
            [t('column.customer'), one.customer.name],
            [t('checkout.priceName'), priceText(one.price, one.plan.billingCycle)],
            [t('kpi.mrr'), money(one.mrr)],
            [t('subscription.period'), periodText(one.currentPeriod)],
            [t('subscription.next'), one.nextBillingDate && date(one.nextBillingDate)],
            [t('subscription.credit'), credit.map(money).join(', ')],
          ]}
        />
        <Facts
          facts={[
            [t('method'), methodText(one.paymentMethod)],
            [t('column.since'), instant(one.createdAt)],
            [
              t('subscription.trialUntil'),
              one.status === 'TRIALING' && one.trialEndsOn ? date(one.trialEndsOn) : null,
            ],
            [t('subscription.pendingChange'), change && `${change.planName}, ${date(change.takesEffectOn)}`],
            [t('cancel'), one.cancelAtPeriodEnd ? date(one.currentPeriod.end) : null],
            [t('subscription.reason'), one.cancelReason],
            [t('subscription.endedOn'), one.endedAt && instantDate(one.endedAt)],
            [t('event.id'), <span class="mono">{one.id}</span>],
          ]}
        />
      </div>
      <Section title={t('timeline')} isRuled>
        <List
          caption={t('timeline')}
          pages={timeline}
          columns={columns.filter((column) => column.place !== 'action')}
          failed={t('events.failed')}
          empty={<Empty title={t('events.empty')} />}
        />
      </Section>
      <Section title={t('invoices')} isRuled>
        <Table
          caption={t('invoices')}
          rows={one.invoices.edges.map((edge) => edge.node)}
          columns={[
            { place: 'when', title: t('column.issued'), cell: (invoice) => instantDate(invoice.issuedAt) },
            {
              place: 'main',
              title: t('column.description'),
              cell: (invoice) => (
                <>
                  {invoiceText(invoice)} <span class="sub period">{periodText(invoice.period)}</span>
                </>
              ),
            },
            { place: 'how', title: t('column.number'), cell: (invoice) => invoice.number },
            {
              place: 'state',
              title: t('column.status'),
              cell: (invoice) => <Status of="invoice" value={invoice.status} />,
            },
            { place: 'amount', title: t('column.amount'), cell: (invoice) => money(invoice.total) },
            {
              place: 'action',
              title: '',
              cell: (invoice) => <PdfButton invoice={invoice} label={t('invoices.pdf')} />,
            },
          ]}
        />
      </Section>
      <Section title={t('payments')} isRuled>
        <Table
          caption={t('payments')}
          rows={one.payments.edges.map((edge) => edge.node)}
          columns={[
            { place: 'when', title: t('column.date'), cell: (payment) => instantDate(payment.createdAt) },
            {
              place: 'main',
              title: t('column.method'),
              cell: (payment) => methodText(payment.paymentMethod),
            },
            { place: 'how', title: t('column.note'), cell: (payment) => payment.failureCode },
            {
              place: 'state',
              title: t('column.status'),
              cell: (payment) => <Status of="payment" value={payment.status} />,
            },
            { place: 'amount', title: t('column.amount'), cell: (payment) => money(payment.amount) },
            { place: 'action', title: '', cell: (payment) => <RefundButton payment={payment} /> },
          ]}
        />
      </Section>
      {dialog}
    </Page>
  );
}
