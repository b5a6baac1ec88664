/** What a customer has and had: subscriptions, invoices, payments, mails, and what was done to them. */

import { usePages } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { t } from '../../i18n';
import { planText } from '../../i18n/billing';
import { columnDate, instantDate, money } from '../../i18n/format';
import { Link } from '../../router';
import { List } from '../../ui/list';
import { Section } from '../../ui/page';
import { Empty } from '../../ui/states';
import { Status } from '../../ui/status';
import type { Column } from '../../ui/table';
import { INVOICE_ROW, invoiceColumns } from '../invoices/invoice-rows';
import { MAIL_ROW, mailColumns } from '../mail/mail-rows';
import { moment } from '../moment';
import { PAYMENT } from '../payment-dialog';
import { usePaymentColumns } from '../payments';

const SUBSCRIPTIONS = graphql(`
  query CustomerSubscriptions($id: ID!, $first: Int!, $after: String) {
    subscriptions(filter: { customerId: $id }, first: $first, after: $after) {
      edges { node { id status createdAt nextBillingDate price { amount currency } plan { id name billingCycle } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const INVOICES = graphql(
  `
    query CustomerInvoices($id: ID!, $first: Int!, $after: String) {
      invoices(filter: { customerId: $id }, first: $first, after: $after) {
        edges { node { ...InvoiceRow } }
        pageInfo { hasNextPage endCursor }
      }
    }
  `,
  [INVOICE_ROW],
);
const PAYMENTS = graphql(
  `
    query CustomerPayments($id: ID!, $first: Int!, $after: String) {
      payments(filter: { customerId: $id }, first: $first, after: $after) {
        edges { node { ...AdminPayment } }
        pageInfo { hasNextPage endCursor }
      }
    }
  `,
  [PAYMENT],
);
const ACTS = graphql(`
  query CustomerActs($id: ID!, $first: Int!, $after: String) {
    auditLog(filter: { target: $id }, first: $first, after: $after) {
      edges { node { id at actor action } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const MAILS = graphql(
  `
    query CustomerMails($id: ID!, $first: Int!, $after: String) {
      mails(filter: { customerId: $id }, first: $first, after: $after) {
        edges { node { ...MailRow } }
        pageInfo { hasNextPage endCursor }
      }
    }
  `,
  [MAIL_ROW],
);

type Subscription = ResultOf<typeof SUBSCRIPTIONS>['subscriptions']['edges'][number]['node'];
type Act = ResultOf<typeof ACTS>['auditLog']['edges'][number]['node'];

export function Subscriptions({ customerId }: { customerId: string }) {
  const pages = usePages(SUBSCRIPTIONS, { id: customerId }, (data) => data.subscriptions);
  const columns: Column<Subscription>[] = [
    {
      place: 'main',
      title: t('plan'),
      cell: (one) => (
        <Link to={`/admin/assinaturas/${one.id}`} class="row-link">
          {planText(one.plan)}
        </Link>
      ),
    },
    { place: 'when', title: t('column.since'), cell: (one) => instantDate(one.createdAt) },
    {
      place: 'state',
      title: t('column.status'),
      cell: (one) => <Status of="subscription" value={one.status} />,
    },
    { place: 'amount', title: t('checkout.priceName'), cell: (one) => money(one.price) },
    {
      place: 'how',
      title: t('subscription.next'),
      cell: (one) => (one.nextBillingDate ? columnDate(one.nextBillingDate) : '–'),
    },
  ];
  return (
    <Section title={t('subscriptions')} isRuled>
      <List
        caption={t('subscriptions')}
        pages={pages}
        columns={columns}
        failed={t('subscriptions.failed')}
        empty={<Empty title={t('subscriptions.empty')} text={t('customer.noSubscription')} />}
      />
    </Section>
  );
}

export function Invoices({ customerId }: { customerId: string }) {
  const pages = usePages(INVOICES, { id: customerId }, (data) => data.invoices);
  return (
    <Section title={t('invoices')} isRuled>
      <List
        caption={t('invoices')}
        pages={pages}
        columns={invoiceColumns()}
        failed={t('customer.failed')}
        empty={<Empty title={t('invoices.empty')} text={t('invoices.emptyText')} />}
      />
    </Section>
  );
}

export function Payments({ customerId }: { customerId: string }) {
  const pages = usePages(PAYMENTS, { id: customerId }, (data) => data.payments);
  const { columns, dialog } = usePaymentColumns();
  return (
    <Section title={t('payments')} isRuled>
      <List
        caption={t('payments')}
        pages={pages}
        columns={columns}
        failed={t('customer.failed')}
        empty={<Empty title={t('payments.empty')} text={t('payments.adminEmptyText')} />}
      />
      {dialog}
    </Section>
  );
}

export function Acts({ customerId }: { customerId: string }) {
  const pages = usePages(ACTS, { id: customerId }, (data) => data.auditLog);
  const columns: Column<Act>[] = [
    { place: 'main', title: t('acts.action'), cell: (act) => act.action },
    { place: 'how', title: t('acts.actor'), cell: (act) => act.actor },
    { place: 'when', title: t('column.when'), cell: (act) => moment(act.at) },
  ];
  return (
    <Section title={t('acts')} isRuled>
      <List
        caption={t('acts')}
        pages={pages}
        columns={columns}
        failed={t('acts.failed')}
        empty={<Empty title={t('acts.empty')} text={t('customer.noActs')} />}
      />
    </Section>
  );
}

export function Mails({ customerId }: { customerId: string }) {
  const pages = usePages(MAILS, { id: customerId }, (data) => data.mails);
  return (
    <Section title={t('customer.mails')} isRuled>
      <List
        caption={t('customer.mails')}
        pages={pages}
        columns={mailColumns()}
        failed={t('mails.failed')}
        empty={<Empty title={t('mails.empty')} text={t('customer.noMails')} />}
      />
    </Section>
  );
}
