/** One customer, as support sees them: who they are, what they have, what they paid, what was done to them. */

import { useState } from 'preact/hooks';
import { useAsk } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { t, word } from '../../i18n';
import { date, instantDate, money } from '../../i18n/format';
import { Link } from '../../router';
import { Button } from '../../ui/button';
import { Facts } from '../../ui/facts';
import { NotFound } from '../../ui/not-found';
import { Notice, Page, Section } from '../../ui/page';
import { Pending } from '../../ui/pending';
import { type Column, Table } from '../../ui/table';
import { Allowed, useMay } from '../permissions';
import { RightsSection } from '../selling/rights';
import { TaxProfileSection } from '../selling/tax-profile';
import { AnonymizeDialog } from './anonymize-dialog';
import { CONTACT, CustomerDialog } from './customer-form';
import { Acts, Invoices, Mails, Payments, Subscriptions } from './customer-lists';
import { EmailBroken } from './email-broken';
import { MergeDialog } from './merge-dialog';
import { CustomerCreditDialog, CustomerInvoiceDialog } from './of-subscription';
import { PortalLinkDialog } from './portal-link';
import { SubscribeDialog } from './subscribe-dialog';
import { TaxId } from './tax-id';

const CUSTOMER = graphql(
  `
    query AdminCustomer($id: ID!) {
      customer(id: $id) {
        ...CustomerContact
        emailBroken
        taxId
        taxIdKind
        createdAt
        anonymizedAt
        mergedInto
        metadata { key value }
        creditBalances { amount currency }
        creditGrants { id amount { amount currency } left { amount currency } reason expiresOn }
      }
    }
  `,
  [CONTACT],
);

const HOME = '/admin/clientes';
const DIALOGS = ['edit', 'anonymize', 'merge', 'subscribe', 'credit', 'invoice', 'link'] as const;

type Customer = NonNullable<ResultOf<typeof CUSTOMER>['customer']>;

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
        <Notice tone="info" title={t('customer.merged')} text={t('customer.mergedText')}>
          <Link to={`${HOME}/${one.mergedInto}`}>{t('customer.mergedSee')}</Link>
        </Notice>
      )}
      {one.emailBroken && !isGone && (
        <EmailBroken customerId={one.id} email={one.email} onDone={answer.retry} />
      )}
      {!isGone && !one.mergedInto && <Acting on={one} onDone={answer.retry} />}
      <div class="card pairs">
        <Who is={one} />
        <Has of={one} />
      </div>
      {/* All that was theirs is another customer's, and stands there. */}
      {!one.mergedInto && <Theirs of={one} />}
      {may('AUDIT_READ') && <Acts customerId={one.id} />}
    </Page>
  );
}

function Theirs({ of: one }: { of: Customer }) {
  return (
    <>
      <Grants of={one} />
      <Subscriptions customerId={one.id} />
      <Invoices customerId={one.id} />
      <Payments customerId={one.id} />
      <Mails customerId={one.id} />
      <RightsSection customerId={one.id} />
      <TaxProfileSection customerId={one.id} />
    </>
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
        <Allowed to="INVOICES_WRITE">
          <Button isSmall onClick={() => setOpened('invoice')}>
            {t('items.new')}
          </Button>
          <Button isSmall onClick={() => setOpened('credit')}>
            {t('credit.grant')}
          </Button>
        </Allowed>
        <Allowed to="PORTAL_SESSIONS_WRITE">
          <Button isSmall onClick={() => setOpened('link')}>
            {t('portalLink')}
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
      {opened === 'invoice' && <CustomerInvoiceDialog customerId={one.id} onClose={close} />}
      {opened === 'credit' && <CustomerCreditDialog customerId={one.id} onClose={close} onDone={onDone} />}
      {opened === 'link' && <PortalLinkDialog customerId={one.id} onClose={close} />}
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
