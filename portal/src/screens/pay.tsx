/** Paying an open invoice: the code that waits, or a choice of how to pay. */

import { useState } from 'preact/hooks';
import { useAct } from '../api/acting';
import { useAsk } from '../api/asking';
import { graphql } from '../graphql';
import { t } from '../i18n';
import { invoiceText } from '../i18n/billing';
import { money } from '../i18n/format';
import { Button, ButtonLink } from '../ui/button';
import { NotFound } from '../ui/not-found';
import { Page } from '../ui/page';
import { Pending } from '../ui/pending';
import { Empty } from '../ui/states';
import { MethodForm, type MethodInput } from './method-form';
import { Paid, PaymentProgress, PROGRESS } from './payment-progress';

const OPEN_INVOICE = graphql(
  `
    query OpenInvoice($id: ID!) {
      invoice(id: $id) {
        id
        number
        kind
        status
        total { amount currency }
        amountDue { amount currency }
        lines { kind description }
        payments { ...Progress }
        subscription { id status paymentMethod { kind brand lastFour } }
      }
    }
  `,
  [PROGRESS],
);

const PAY = graphql(`
  mutation PayInvoice($input: PayInvoiceInput!) {
    payInvoice(input: $input) {
      invoice { id status }
      userErrors { code message field retryAt clientSecret declineCode }
    }
  }
`);

const SUBMIT_TEXTS = {
  saved: 'pay.now',
  card: 'pay.now',
  pix: 'pay.makeCode',
  boleto: 'pay.makeBoleto',
} as const;

export function PayScreen({ invoiceId }: { invoiceId: string }) {
  const answer = useAsk(OPEN_INVOICE, { id: invoiceId });
  const { act, isBusy, problem } = useAct(PAY, { once: true });
  const [wantsOther, setWantsOther] = useState(false);
  const { data } = answer;
  if (!data) return <Pending answer={answer} title={t('pay')} failed={t('pay.failed')} />;
  const invoice = data.invoice;
  if (!invoice) return <NotFound home="/faturas" />;
  const last = invoice.payments.at(-1);
  const isWaiting = last?.status === 'PENDING';
  const isCode = Boolean(last?.pix || last?.boleto);
  const saved = invoice.subscription.paymentMethod;
  const pay = async (paymentMethod: MethodInput | null) => {
    const done = await act({ invoiceId, paymentMethod });
    if (done) setWantsOther(false);
  };
  const amount = money(invoice.status === 'CANCELED' ? invoice.total : invoice.amountDue);
  const title = t('pay.title', { amount });
  const lede = `${invoiceText(invoice)}${invoice.number ? `, ${t('invoice.number', { number: invoice.number })}` : ''}`;
  if (invoice.status === 'PAID') {
    return (
      <Page title={t('pay.done')} lede={lede}>
        <div class="narrow stack">
          <Paid amount={money(invoice.total)} />
          <div class="actions">
            <ButtonLink to={`/faturas/${invoice.id}`}>{t('pay.seeInvoice')}</ButtonLink>
          </div>
        </div>
      </Page>
    );
  }
  if (invoice.status === 'CANCELED') {
    return (
      <Page title={title} lede={lede}>
        <Empty title={t('pay.withdrawn')} text={t('pay.withdrawnText')}>
          <ButtonLink to="/faturas">{t('nav.invoices')}</ButtonLink>
        </Empty>
      </Page>
    );
  }
  return (
    <Page title={title} lede={lede}>
      <div class="narrow stack">
        {last && !wantsOther && <PaymentProgress payment={last} />}
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
            saved={isWaiting ? null : saved}
            without={isWaiting ? [last.pix ? 'pix' : 'boleto'] : []}
            submitText={(kind) => t(SUBMIT_TEXTS[kind], { amount })}
            onMethod={pay}
            isBusy={isBusy}
            problem={problem}
          />
        )}
      </div>
    </Page>
  );
}
