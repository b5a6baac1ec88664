/** One invoice: its lines explained, its payments, its PDF. */

import { useAsk } from '../api/asking';
import { BRAND } from '../brand';
import { graphql, type ResultOf } from '../graphql';
import { t } from '../i18n';
import { invoiceText, wayPaidText } from '../i18n/billing';
import { date, instantDate, instantDay, money } from '../i18n/format';
import { declineText } from '../i18n/refusals';
import { punctuatedTaxId } from '../i18n/tax-id';
import { ButtonLink } from '../ui/button';
import { Facts } from '../ui/facts';
import { NotFound } from '../ui/not-found';
import { Page, Section } from '../ui/page';
import { Pending } from '../ui/pending';
import { Status } from '../ui/status';
import { Table } from '../ui/table';
import { BILLED, InvoiceLines } from './invoice-lines';
import { PdfButton } from './pdf-button';

const INVOICE = graphql(
  `
    query Invoice($id: ID!) {
      invoice(id: $id) {
        ...Billed
        addressee { name email taxId }
        subscription { id customer { id name email } }
        payments {
          id
          status
          amount { amount currency }
          createdAt
          failureCode
          paymentMethod { kind brand lastFour }
          paidOutside
        }
      }
    }
  `,
  [BILLED],
);

export function InvoiceScreen({ invoiceId }: { invoiceId: string }) {
  const answer = useAsk(INVOICE, { id: invoiceId });
  const { data } = answer;
  if (!data) return <Pending answer={answer} title={t('invoice')} failed={t('invoices.failed')} />;
  const invoice = data.invoice;
  if (!invoice) return <NotFound home="/faturas" />;
  const isOpen = invoice.status === 'PENDING' || invoice.status === 'OVERDUE';
  const isPartlyPaid = isOpen && Number(invoice.amountPaid.amount) > 0;
  return (
    <Page
      title={invoice.number ? t('invoice.number', { number: invoice.number }) : t('invoice')}
      lede={invoiceText(invoice)}
      aside={<Status of="invoice" value={invoice.status} />}
    >
      <div class="columns">
        <section class="card" aria-label={t('invoice.lines')}>
          <InvoiceLines
            lines={invoice.lines}
            creditApplied={invoice.creditApplied}
            total={[t('invoice.total'), invoice.total]}
          />
        </section>
        <div class="stack">
          <Facts
            facts={[
              [t('invoice.from'), BRAND.name],
              [t('invoice.addressee'), <Addressee of={invoice} />],
              [t('column.issued'), instantDay(invoice.issuedAt)],
              [t('invoice.due'), date(invoice.dueDate)],
              [t('invoice.paidOn'), invoice.paidAt && instantDay(invoice.paidAt)],
              [t('invoice.amountPaid'), isPartlyPaid ? money(invoice.amountPaid) : null],
              [t('invoice.amountDue'), isPartlyPaid ? money(invoice.amountDue) : null],
              [t('invoice.overpaid'), Number(invoice.overpaid.amount) > 0 ? money(invoice.overpaid) : null],
            ]}
          />
          <div class="actions">
            {isOpen && (
              <ButtonLink to={`/pagar/${invoice.id}`} look="primary">
                {t('payments.payNow')}
              </ButtonLink>
            )}
            <PdfButton invoice={invoice} label={t('invoices.pdf')} look="ghost" />
          </div>
        </div>
      </div>
      {invoice.payments.length > 0 && (
        <Section title={t('invoice.payments')} isRuled>
          <Table
            caption={t('invoice.payments')}
            rows={invoice.payments}
            columns={[
              { place: 'when', title: t('column.date'), cell: (payment) => instantDate(payment.createdAt) },
              {
                place: 'main',
                title: t('column.method'),
                cell: (payment) => wayPaidText(payment),
              },
              {
                place: 'how',
                title: t('column.note'),
                cell: ({ failureCode }) => failureCode && declineText(failureCode),
              },
              {
                place: 'state',
                title: t('column.status'),
                cell: (payment) => <Status of="payment" value={payment.status} />,
              },
              { place: 'amount', title: t('column.amount'), cell: (payment) => money(payment.amount) },
            ]}
          />
        </Section>
      )}
    </Page>
  );
}

type Named = NonNullable<ResultOf<typeof INVOICE>['invoice']>;

/** Whom the invoice was issued to, as its PDF has it. */
function Addressee({ of: { addressee, subscription } }: { of: Named }) {
  const { name, email } = addressee ?? subscription.customer;
  return (
    <>
      {name ?? email}
      {addressee?.taxId && <span class="sub block small">{punctuatedTaxId(addressee.taxId)}</span>}
    </>
  );
}
