/** One customer, as support sees them: who they are, what they have, what they paid, what was done to them. */

import { useState } from 'preact/hooks';
import { useAsk, usePages } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { t, word } from '../../i18n';
import { invoiceText, planText } from '../../i18n/billing';
import { columnDate, date, instantDate, money } from '../../i18n/format';
import { Link } from '../../router';
import { PdfButton } from '../../screens/pdf-button';
import { Button } from '../../ui/button';
import { Facts } from '../../ui/facts';
import { List } from '../../ui/list';
import { NotFound } from '../../ui/not-found';
import { Notice, Page, Section } from '../../ui/page';
import { Pending } from '../../ui/pending';
import { Empty } from '../../ui/states';
import { Status } from '../../ui/status';
import { type Column, Table } from '../../ui/table';
import { moment } from '../moment';
import { PAYMENT } from '../payment-dialog';
import { usePaymentColumns } from '../payments';
import { Allowed, useMay } from '../permissions';
import { AnonymizeDialog } from './anonymize-dialog';
import { CONTACT, CustomerDialog } from './customer-form';
import { MergeDialog } from './merge-dialog';
import { SubscribeDialog } from './subscribe-dialog';
import { TaxId } from './tax-id';

const CUSTOMER = graphql(
  `
    query AdminCustomer($id: ID!) {
      customer(id: $id) {
        ...CustomerContact
        taxId
        taxIdKind
        createdAt
        anonymizedAt
        mergedInto
        metadata { key value }
        creditBalances { amount currency }
        creditGrants { id amount { amount currency } left { amount currency } reason expiresOn }
        taxProfile { country exempt }
      }
    }
  `,
  [CONTACT],
);
const SUBSCRIPTIONS = graphql(`
  query CustomerSubscriptions($id: ID!, $first: Int!, $after: String) {
    subscriptions(filter: { customerId: $id }, first: $first, after: $after) {
      edges { node { id status createdAt nextBillingDate price { amount currency } plan { id name billingCycle } } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const INVOICES = graphql(`
  query CustomerInvoices($id: ID!, $first: Int!, $after: String) {
    invoices(filter: { customerId: $id }, first: $first, after: $after) {
      edges {
        node { id number kind status issuedAt pdfUrl total { amount currency } lines { kind description } }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
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

const HOME = '/admin/clientes';
const DIALOGS = ['edit', 'anonymize', 'merge', 'subscribe'] as const;

type Customer = NonNullable<ResultOf<typeof CUSTOMER>['customer']>;
type Subscription = ResultOf<typeof SUBSCRIPTIONS>['subscriptions']['edges'][number]['node'];
type Invoice = ResultOf<typeof INVOICES>['invoices']['edges'][number]['node'];
type Act = ResultOf<typeof ACTS>['auditLog']['edges'][number]['node'];

export function CustomerScreen({ customerId }: { customerId: string }) {
  const answer = useAsk(CUSTOMER, { id: customerId });
  const may = useMay();
  if (!answer.data) {
    if (answer.failure?.code === 'MALFORMED_ID') return <NotFound home={HOME} />;
    return <Pending answer={answer} title={t('column.customer')} failed={t('customer.failed')} />;
  }
  const one = answer.data.customer;
  if (!one) return <NotFound home={HOME} />;
  const isGone = one.anonymizedAt !== null;
  return (
    <Page
      title={isGone ? t('customer.anonymized') : (one.name ?? one.email)}
      lede={isGone || !one.name ? undefined : one.email}
    >
      {one.anonymizedAt && (
        <Notice
          tone="info"
          title={t('customer.anonymizedOn', { day: instantDate(one.anonymizedAt) })}
          text={t('customer.anonymizedText')}
        />
      )}
      {one.mergedInto && (
        <p>
          {t('customer.merged')}. <Link to={`${HOME}/${one.mergedInto}`}>{t('customer.mergedSee')}</Link>
        </p>
      )}
      {!isGone && !one.mergedInto && <Acting on={one} onDone={answer.retry} />}
      <div class="card pairs">
        <Who is={one} />
        <Has of={one} />
      </div>
      <Grants of={one} />
      <Subscriptions customerId={one.id} />
      <Invoices customerId={one.id} />
      <Payments customerId={one.id} />
      {may('AUDIT_READ') && <Acts customerId={one.id} />}
    </Page>
  );
}

function Acting({ on: one, onDone }: { on: Customer; onDone: () => void }) {
  const [opened, setOpened] = useState<(typeof DIALOGS)[number] | null>(null);
  const close = () => setOpened(null);
  return (
    <>
      <div class="actions before-list">
        <Allowed to="CUSTOMERS_WRITE">
          <Button isSmall onClick={() => setOpened('edit')}>
            {t('customer.edit')}
          </Button>
        </Allowed>
        <Allowed to="SUBSCRIPTIONS_WRITE">
          <Button isSmall onClick={() => setOpened('subscribe')}>
            {t('customer.subscribe')}
          </Button>
        </Allowed>
        <Allowed to="CUSTOMERS_ERASE">
          <Button isSmall onClick={() => setOpened('merge')}>
            {t('customer.merge')}
          </Button>
          <Button isSmall onClick={() => setOpened('anonymize')}>
            {t('customer.anonymize')}
          </Button>
        </Allowed>
      </div>
      {opened === 'edit' && <CustomerDialog customer={one} onClose={close} onDone={onDone} />}
      {opened === 'subscribe' && <SubscribeDialog customerId={one.id} onClose={close} onDone={onDone} />}
      {opened === 'merge' && <MergeDialog kept={one} onClose={close} onDone={onDone} />}
      {opened === 'anonymize' && <AnonymizeDialog id={one.id} email={one.email} onClose={close} />}
    </>
  );
}

function Who({ is: one }: { is: Customer }) {
  const { address } = one;
  const place = address && [address.line1, address.line2, address.city, address.state, address.postalCode];
  return (
    <Facts
      facts={[
        [t('customer.email'), one.anonymizedAt ? null : one.email],
        [t('customer.phone'), one.phone],
        [one.taxIdKind ?? t('customer.taxId'), one.taxId && <TaxId customerId={one.id} masked={one.taxId} />],
        [t('customer.address'), place?.filter(Boolean).join(', ')],
        [t('customer.locale'), one.locale && word('locale', one.locale)],
      ]}
    />
  );
}

function Has({ of: one }: { of: Customer }) {
  const credit = one.creditBalances.filter((balance) => Number(balance.amount) > 0);
  return (
    <Facts
      facts={[
        [t('subscription.credit'), credit.map(money).join(', ')],
        [t('customer.externalId'), one.externalId],
        [t('customer.taxProfile'), one.taxProfile.exempt ? t('customer.exempt') : one.taxProfile.country],
        ...one.metadata.map(({ key, value }) => [key, value] as const),
        [t('column.since'), instantDate(one.createdAt)],
        [t('event.id'), <span class="mono">{one.id}</span>],
      ]}
    />
  );
}

function Grants({ of: one }: { of: Customer }) {
  const columns: Column<Customer['creditGrants'][number]>[] = [
    { place: 'main', title: t('customer.reason'), cell: (grant) => grant.reason },
    { place: 'amount', title: t('customer.left'), cell: (grant) => money(grant.left) },
    { place: 'how', title: t('customer.granted'), cell: (grant) => money(grant.amount) },
    {
      place: 'when',
      title: t('customer.expiresOn'),
      cell: (grant) => (grant.expiresOn ? date(grant.expiresOn) : t('customer.never')),
    },
  ];
  if (!one.creditGrants.length) return null;
  return (
    <Section title={t('customer.grants')} isRuled>
      <Table caption={t('customer.grants')} rows={one.creditGrants} columns={columns} />
    </Section>
  );
}

function Subscriptions({ customerId }: { customerId: string }) {
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

function Invoices({ customerId }: { customerId: string }) {
  const pages = usePages(INVOICES, { id: customerId }, (data) => data.invoices);
  const columns: Column<Invoice>[] = [
    { place: 'when', title: t('column.issued'), cell: (one) => instantDate(one.issuedAt) },
    { place: 'main', title: t('column.description'), cell: (one) => invoiceText(one) },
    { place: 'how', title: t('column.number'), cell: (one) => one.number },
    { place: 'state', title: t('column.status'), cell: (one) => <Status of="invoice" value={one.status} /> },
    { place: 'amount', title: t('column.amount'), cell: (one) => money(one.total) },
    { place: 'action', title: '', cell: (one) => <PdfButton invoice={one} label={t('invoices.pdf')} /> },
  ];
  return (
    <Section title={t('invoices')} isRuled>
      <List
        caption={t('invoices')}
        pages={pages}
        columns={columns}
        failed={t('customer.failed')}
        empty={<Empty title={t('invoices.empty')} text={t('invoices.emptyText')} />}
      />
    </Section>
  );
}

function Payments({ customerId }: { customerId: string }) {
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

function Acts({ customerId }: { customerId: string }) {
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
