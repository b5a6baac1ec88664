/** One invoice, as an operator sees it: its lines and money, and what can be done about it. */

import { useAsk } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { t, word } from '../../i18n';
import { invoiceText } from '../../i18n/billing';
import { date, instantDate, instantDay, money } from '../../i18n/format';
import { Link } from '../../router';
import { BILLED, InvoiceLines } from '../../screens/invoice-lines';
import { PdfButton } from '../../screens/pdf-button';
import { amountText } from '../../screens/withdrawal';
import { Facts } from '../../ui/facts';
import { NotFound } from '../../ui/not-found';
import { Page, Section } from '../../ui/page';
import { Pending } from '../../ui/pending';
import { Status } from '../../ui/status';
import { type Column, Table } from '../../ui/table';
import { PAYMENT } from '../payment-dialog';
import { usePaymentColumns } from '../payments';
import { InvoiceActs } from './acts';
import { INVOICES_PATH } from './invoice-rows';

const INVOICE = graphql(
  `
    query AdminInvoice($id: ID!) {
      invoice(id: $id) {
        ...Billed
        voidReason
        addressee { name email }
        payments { ...AdminPayment }
        creditNotes { id number amount { amount currency } to reason issuedAt pdfUrl }
        subscription { id plan { id name } customer { id email name } }
      }
    }
  `,
  [BILLED, PAYMENT],
);

export type AdminInvoice = NonNullable<ResultOf<typeof INVOICE>['invoice']>;
type CreditNote = AdminInvoice['creditNotes'][number];

export function InvoiceScreen({ invoiceId }: { invoiceId: string }) {
  const answer = useAsk(INVOICE, { id: invoiceId });
  if (!answer.data) {
    if (answer.failure?.code === 'MALFORMED_ID') return <NotFound home={INVOICES_PATH} />;
    return <Pending answer={answer} title={t('invoice')} failed={t('invoices.failed')} />;
  }
  const { invoice } = answer.data;
  if (!invoice) return <NotFound home={INVOICES_PATH} />;
  return (
    <Page
      title={invoice.number ? t('invoice.number', { number: invoice.number }) : t('invoice')}
      lede={invoiceText(invoice)}
      aside={<Status of="invoice" value={invoice.status} />}
    >
      <InvoiceActs on={invoice} />
      <div class="columns">
        <section class="card" aria-label={t('invoice.lines')}>
          <InvoiceLines
            lines={invoice.lines}
            creditApplied={invoice.creditApplied}
            total={[t('invoice.total'), invoice.total]}
          />
        </section>
        <Known of={invoice} />
      </div>
      <Payments of={invoice} />
      {invoice.creditNotes.length > 0 && (
        <Section title={t('creditNotes')} isRuled>
          <Table caption={t('creditNotes')} rows={invoice.creditNotes} columns={noteColumns()} />
        </Section>
      )}
    </Page>
  );
}

function Known({ of: invoice }: { of: AdminInvoice }) {
  const { customer, plan, id } = invoice.subscription;
  return (
    <Facts
      facts={[
        [
          t('column.customer'),
          <Link to={`/admin/clientes/${customer.id}`} class="link">
            {customer.name ?? customer.email}
          </Link>,
        ],
        [
          t('subscription'),
          <Link to={`/admin/assinaturas/${id}`} class="link">
            {plan.name}
          </Link>,
        ],
        [t('invoice.addressee'), invoice.addressee && (invoice.addressee.name ?? invoice.addressee.email)],
        [t('column.issued'), instantDay(invoice.issuedAt)],
        [t('invoice.due'), date(invoice.dueDate)],
        [t('invoice.paidOn'), invoice.paidAt && instantDay(invoice.paidAt)],
        [t('invoice.amountPaid'), amountText(invoice.amountPaid)],
        [t('invoice.amountDue'), amountText(invoice.amountDue)],
        [t('invoice.overpaid'), amountText(invoice.overpaid)],
        [t('invoice.whyCanceled'), invoice.voidReason && word('voidReason', invoice.voidReason)],
        [t('event.id'), <span class="mono">{invoice.id}</span>],
      ]}
    />
  );
}

function Payments({ of: invoice }: { of: AdminInvoice }) {
  const { columns, dialog } = usePaymentColumns();
  if (!invoice.payments.length) return null;
  return (
    <Section title={t('invoice.payments')} isRuled>
      <Table caption={t('invoice.payments')} rows={invoice.payments} columns={columns} />
      {dialog}
    </Section>
  );
}

function noteColumns(): Column<CreditNote>[] {
  return [
    { place: 'when', title: t('column.issued'), cell: (note) => instantDate(note.issuedAt) },
    { place: 'main', title: t('customer.reason'), cell: (note) => note.reason },
    { place: 'how', title: t('column.number'), cell: (note) => note.number },
    { place: 'state', title: t('creditNotes.to'), cell: (note) => word('creditTo', note.to) },
    { place: 'amount', title: t('column.amount'), cell: (note) => money(note.amount) },
    {
      place: 'action',
      title: '',
      cell: (note) => <PdfButton invoice={note} label={t('invoices.pdf')} />,
    },
  ];
}
