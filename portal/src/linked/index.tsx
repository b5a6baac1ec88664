/** An invoice for whoever has its link: what it says, paying it, and that it is paid, without signing in. */

import { useState } from 'preact/hooks';
import { useAct } from '../api/acting';
import { useAsk } from '../api/asking';
import { BRAND } from '../brand';
import { type FragmentOf, graphql } from '../graphql';
import { t } from '../i18n';
import { invoiceText, LINE } from '../i18n/billing';
import { date, instantDay, money } from '../i18n/format';
import { InvoiceLines } from '../screens/invoice-lines';
import { MethodForm, type MethodInput } from '../screens/method-form';
import { Paid, PaymentProgress, PROGRESS } from '../screens/payment-progress';
import { PdfButton, ReceiptButton } from '../screens/pdf-button';
import { Button } from '../ui/button';
import { Facts } from '../ui/facts';
import { Page } from '../ui/page';
import { Pending } from '../ui/pending';
import { Status } from '../ui/status';
import { afterThis } from './after';
import { Closed, LinkedFrame } from './frame';
import { LeadOn } from './lead-on';
import { useLinkedUpdates } from './live';

const SHOWN = graphql(
  `
    fragment LinkedInvoiceParts on Invoice @_unmask {
      id
      number
      kind
      status
      lines { ...Line }
      creditApplied { amount currency }
      total { amount currency }
      amountPaid { amount currency }
      amountDue { amount currency }
      issuedAt
      dueDate
      paidAt
      addressee { name }
      payments { refundedAmount { amount currency } receipt { number } ...Progress }
    }
  `,
  [LINE, PROGRESS],
);

/** The server knows these by their names, and has their texts itself. */
const INVOICE = graphql(
  `
    query LinkedInvoice {
      invoice(id: "") { ...LinkedInvoiceParts }
    }
  `,
  [SHOWN],
);

const PAY = graphql(`
  mutation PayInvoice($input: PayInvoiceInput!) {
    payInvoice(input: $input) {
      invoice { id status }
      userErrors { code message field retryAt clientSecret declineCode }
    }
  }
`);

type Invoice = FragmentOf<typeof SHOWN>;

/** Where the link, and no session, opens the PDF. */
const PDF = '/api/invoice-link/invoice.pdf';

/** Why an address opens nothing, as people are told it. */
const CLOSED: Record<string, 'missing' | 'revoked' | 'expired' | 'withdrawn'> = {
  LINK_NOT_FOUND: 'missing',
  LINK_REVOKED: 'revoked',
  LINK_EXPIRED: 'expired',
  INVOICE_CANCELED: 'withdrawn',
};

export function LinkedInvoicePage() {
  return (
    <LinkedFrame>
      <LinkedInvoice />
    </LinkedFrame>
  );
}

function LinkedInvoice() {
  useLinkedUpdates();
  const answer = useAsk(INVOICE, {});
  const closed = CLOSED[answer.failure?.code ?? ''];
  if (closed) {
    const advice = closed === 'withdrawn' ? {} : { advice: t('linked.askSeller') };
    return <Closed title={t(`linked.${closed}`)} text={t(`linked.${closed}Text`)} {...advice} />;
  }
  const invoice = answer.data?.invoice;
  if (!invoice) return <Pending answer={answer} title={t('invoice')} failed={t('pay.failed')} />;
  return <Shown invoice={invoice} />;
}

function Shown({ invoice }: { invoice: Invoice }) {
  const isOpen = invoice.status === 'PENDING' || invoice.status === 'OVERDUE';
  const isPartlyPaid = isOpen && Number(invoice.amountPaid.amount) > 0;
  const after = afterThis();
  const sentBack = invoice.payments.filter((payment) => Number(payment.refundedAmount.amount) > 0);
  const pdf = { id: invoice.id, number: invoice.number, pdfUrl: PDF };
  return (
    <Page
      title={invoice.number ? t('invoice.number', { number: invoice.number }) : t('invoice')}
      lede={invoiceText(invoice)}
      aside={<Status of="invoice" value={invoice.status} />}
    >
      <div class="columns">
        <div class="stack">
          {isOpen ? <Pay invoice={invoice} /> : <Paid amount={money(invoice.total)} />}
          {!isOpen && after && <LeadOn url={after} />}
          {sentBack.map((payment) => (
            <p key={payment.id} role="status">
              {t('linked.refunded', { amount: money(payment.refundedAmount) })}
            </p>
          ))}
        </div>
        <div class="stack">
          <section class="card" aria-label={t('invoice.lines')}>
            <InvoiceLines
              lines={invoice.lines}
              creditApplied={invoice.creditApplied}
              total={[t('invoice.total'), invoice.total]}
            />
          </section>
          <Facts
            facts={[
              [t('linked.from'), BRAND.name],
              [t('linked.to'), invoice.addressee?.name],
              [t('column.issued'), instantDay(invoice.issuedAt)],
              [t('invoice.due'), date(invoice.dueDate)],
              [t('invoice.paidOn'), invoice.paidAt && instantDay(invoice.paidAt)],
              [t('invoice.amountPaid'), isPartlyPaid ? money(invoice.amountPaid) : null],
              [t('invoice.amountDue'), isPartlyPaid ? money(invoice.amountDue) : null],
            ]}
          />
          <div class="actions">
            <PdfButton invoice={pdf} label={t('invoices.pdf')} look="ghost" />
            {invoice.payments
              .filter((payment) => payment.receipt)
              .map(({ id, receipt }) => (
                <ReceiptButton
                  key={id}
                  receipt={{
                    number: receipt?.number ?? null,
                    pdfUrl: `/api/invoice-link/receipts/${id}.pdf`,
                  }}
                  look="ghost"
                />
              ))}
          </div>
        </div>
      </div>
    </Page>
  );
}

/** The code that waits, a card under way, or a choice of how to pay; never by what is kept of the customer. */
function Pay({ invoice }: { invoice: Invoice }) {
  const { act, isBusy, problem } = useAct(PAY, { once: true });
  const [wantsOther, setWantsOther] = useState(false);
  const last = invoice.payments.at(-1);
  const isWaiting = last?.status === 'PENDING';
  const isCode = Boolean(last?.pix || last?.boleto);
  const amount = money(invoice.amountDue);
  const pay = async (paymentMethod: MethodInput | null) => {
    if (paymentMethod && (await act({ invoiceId: invoice.id, paymentMethod }))) setWantsOther(false);
  };
  return (
    <>
      <h2>{t('pay.title', { amount })}</h2>
      {last && !wantsOther && (
        <PaymentProgress payment={{ ...last, invoice: { ...last.invoice, pdfUrl: PDF } }} />
      )}
      {isWaiting && isCode && (
        <div class="actions">
          <Button onClick={() => setWantsOther(!wantsOther)}>
            {t(wantsOther ? 'pay.backToCode' : 'pay.otherMethod')}
          </Button>
        </div>
      )}
      {(!isWaiting || wantsOther) && (
        <MethodForm
          currency={invoice.total.currency}
          without={isWaiting ? [last.pix ? 'pix' : 'boleto'] : []}
          submitText={(kind) =>
            t(kind === 'pix' || kind === 'boleto' ? 'pay.makeCode' : 'pay.now', { amount })
          }
          onMethod={pay}
          isBusy={isBusy}
          problem={problem}
        />
      )}
    </>
  );
}
