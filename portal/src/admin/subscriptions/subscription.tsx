/** One subscription, as an operator sees it: its state, its history, its invoices and payments. */

import { useAsk } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { t } from '../../i18n';
import { methodText, periodText, planText, priceText, stateOf, wayPaidText } from '../../i18n/billing';
import { date, instantDate, money } from '../../i18n/format';
import { declineText } from '../../i18n/refusals';
import { Link } from '../../router';
import { Facts } from '../../ui/facts';
import { NotFound } from '../../ui/not-found';
import { Page, Section } from '../../ui/page';
import { Pending } from '../../ui/pending';
import { Empty } from '../../ui/states';
import { Status } from '../../ui/status';
import { type Column, Table } from '../../ui/table';
import { INVOICE_ROW, type InvoiceRow, invoiceColumns } from '../invoices/invoice-rows';
import { ITEMS, Items } from '../items/items';
import { PAYMENT, type Payment } from '../payment-dialog';
import { usePaymentColumns } from '../payments';
import { RightsSection } from '../selling/rights';
import { TaxProfileSection } from '../selling/tax-profile';
import { Timeline } from '../timeline';
import { Acts } from './acts';
import { Discounts } from './discounts';
import { HELD_BY_CUSTOMER } from './held';

const SUBSCRIPTION = graphql(
  `
    query AdminSubscription($id: ID!) {
      subscription(id: $id) {
        id
        status
        quantity
        price { amount currency }
        mrr { amount currency }
        currentPeriod { start end }
        nextBillingDate
        trialEndsOn
        paymentMethod { kind brand lastFour }
        pendingChange { planName takesEffectOn awaitingPayment }
        cancelAtPeriodEnd
        cancelReason
        createdAt
        endedAt
        plan { id name billingCycle version }
        customer { id email name creditBalances { amount currency } }
        invoices(first: 10) {
          edges {
            node { ...InvoiceRow }
          }
        }
        payments(first: 10) { edges { node { ...AdminPayment } } }
        ...WaitingItems
        ...HeldByCustomer
      }
    }
  `,
  [PAYMENT, ITEMS, HELD_BY_CUSTOMER, INVOICE_ROW],
);
type Subscription = NonNullable<ResultOf<typeof SUBSCRIPTION>['subscription']>;

export function SubscriptionScreen({ subscriptionId }: { subscriptionId: string }) {
  const answer = useAsk(SUBSCRIPTION, { id: subscriptionId });
  if (!answer.data) {
    // An address that was mistyped is no failure of ours.
    if (answer.failure?.code === 'MALFORMED_ID') return <NotFound home="/admin/assinaturas" />;
    return <Pending answer={answer} title={t('subscription')} failed={t('subscription.failed')} />;
  }
  const one = answer.data.subscription;
  if (!one) return <NotFound home="/admin/assinaturas" />;
  return (
    <Page
      title={one.customer.email}
      lede={planText(one.plan)}
      aside={<Status of="subscription" value={stateOf(one)} />}
    >
      <Acts on={one} />
      <div class="card pairs">
        <Terms of={one} />
        <Standing of={one} />
      </div>
      <Invoices rows={one.invoices.edges.map((edge) => edge.node)} />
      <Payments rows={one.payments.edges.map((edge) => edge.node)} />
      <Items of={one} />
      <Discounts of={one} />
      <Timeline subscriptionId={one.id} />
      <RightsSection customerId={one.customer.id} />
      <TaxProfileSection customerId={one.customer.id} />
    </Page>
  );
}

function Terms({ of: one }: { of: Subscription }) {
  const credit = one.customer.creditBalances.filter((balance) => Number(balance.amount) > 0);
  return (
    <Facts
      facts={[
        [
          t('column.customer'),
          <Link to={`/admin/clientes/${one.customer.id}`} class="link">
            {one.customer.name ?? one.customer.email}
          </Link>,
        ],
        [t('checkout.priceName'), priceText(one.price, one.plan.billingCycle)],
        [t('subscription.quantity'), one.quantity > 1 ? one.quantity : null],
        [t('plan.version'), one.plan.version],
        [t('kpi.mrr'), money(one.mrr)],
        [t('subscription.period'), periodText(one.currentPeriod)],
        [t('subscription.next'), one.nextBillingDate && date(one.nextBillingDate)],
        [t('subscription.credit'), credit.map(money).join(', ')],
      ]}
    />
  );
}

function Standing({ of: one }: { of: Subscription }) {
  const change = one.pendingChange;
  const isTrialing = one.status === 'TRIALING' && one.trialEndsOn;
  return (
    <Facts
      facts={[
        [t('method'), methodText(one.paymentMethod)],
        [t('column.since'), instantDate(one.createdAt)],
        [t('subscription.trialUntil'), isTrialing ? date(isTrialing) : null],
        [
          t(change?.awaitingPayment ? 'subscription.awaitedChange' : 'subscription.pendingChange'),
          change && `${change.planName}, ${date(change.takesEffectOn)}`,
        ],
        [t('subscription.endsOn'), one.cancelAtPeriodEnd ? date(one.currentPeriod.end) : null],
        [t('subscription.reason'), one.cancelReason],
        [t('subscription.endedOn'), one.endedAt && instantDate(one.endedAt)],
        [t('event.id'), <span class="mono">{one.id}</span>],
      ]}
    />
  );
}

function Invoices({ rows }: { rows: readonly InvoiceRow[] }) {
  return (
    <Section title={t('invoices')} isRuled>
      {rows.length ? (
        <Table caption={t('invoices')} rows={rows} columns={invoiceColumns()} />
      ) : (
        <Empty title={t('invoices.empty')} text={t('invoices.emptyText')} />
      )}
    </Section>
  );
}

function Payments({ rows }: { rows: readonly Payment[] }) {
  const { columns, dialog, open } = usePaymentColumns();
  const ofOne = columns.map((column): Column<Payment> => {
    if (column.place === 'how') {
      const why = (payment: Payment) => payment.failureCode && declineText(payment.failureCode);
      return { ...column, title: t('column.note'), cell: why };
    }
    if (column.place !== 'main') return column;
    return {
      ...column,
      title: t('column.method'),
      cell: (payment) => (
        <button type="button" class="row-link row-button" onClick={() => open(payment)}>
          {wayPaidText(payment)}
        </button>
      ),
    };
  });
  return (
    <Section title={t('payments')} isRuled>
      {rows.length ? (
        <Table caption={t('payments')} rows={rows} columns={ofOne} />
      ) : (
        <Empty title={t('payments.empty')} text={t('payments.adminEmptyText')} />
      )}
      {dialog}
    </Section>
  );
}
