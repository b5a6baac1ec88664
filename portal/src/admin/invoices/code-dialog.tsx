/** Collecting an open invoice now: by a new code for the customer, or by what they pay with. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { useAsk } from '../../api/asking';
import { graphql } from '../../graphql';
import { t } from '../../i18n';
import { money } from '../../i18n/format';
import { PaymentProgress, PROGRESS } from '../../screens/payment-progress';
import { Button } from '../../ui/button';
import { Choices } from '../../ui/choice';
import { Dialog } from '../../ui/dialog';
import { PendingPart } from '../../ui/pending';
import { ActDialog } from '../act-dialog';
import type { InvoiceProps } from './acts';

const PAY = graphql(`
  mutation CollectInvoice($input: PayInvoiceInput!) {
    payInvoice(input: $input) { invoice { id } userErrors { code message field retryAt } }
  }
`);
const PROGRESS_OF = graphql(
  `
    query CollectionProgress($id: ID!) {
      invoice(id: $id) { id payments { createdAt ...Progress } }
    }
  `,
  [PROGRESS],
);

const WAYS = ['PIX', 'BOLETO', 'OWN'] as const;

export function CodeDialog({ invoice, onClose }: InvoiceProps) {
  const act = useAct(PAY, { once: true });
  const [way, setWay] = useState<(typeof WAYS)[number]>('PIX');
  const [isAsked, setAsked] = useState(false);
  const collect = async () => {
    const paymentMethod = way === 'PIX' ? { pix: {} } : way === 'BOLETO' ? { boleto: {} } : null;
    if (await act.act({ invoiceId: invoice.id, paymentMethod })) setAsked(true);
  };
  if (isAsked) return <Progress invoice={invoice} onClose={onClose} />;
  return (
    <ActDialog
      title={t('invoiceAct.codeTitle', { amount: money(invoice.amountDue) })}
      text={t('invoiceAct.codeText')}
      confirm={t('invoiceAct.collect')}
      act={act}
      onAct={collect}
      onClose={onClose}
    >
      <Choices
        legend={t('method')}
        value={way}
        onValue={setWay}
        options={WAYS.map((value) => ({
          value,
          label: t(`invoiceAct.way.${value}`),
          note: t(`invoiceAct.wayText.${value}`),
        }))}
      />
    </ActDialog>
  );
}

function Progress({ invoice, onClose }: InvoiceProps) {
  const answer = useAsk(PROGRESS_OF, { id: invoice.id });
  const payments = answer.data?.invoice?.payments ?? [];
  const newest = payments.toSorted((one, other) => other.createdAt.localeCompare(one.createdAt))[0];
  return (
    <Dialog title={t('invoiceAct.codeTitle', { amount: money(invoice.amountDue) })} onClose={onClose} isWide>
      {newest ? (
        <PaymentProgress payment={newest} />
      ) : (
        <PendingPart answer={answer} failed={t('invoices.failed')} />
      )}
      <div class="actions">
        <Button onClick={onClose}>{t('close')}</Button>
      </div>
    </Dialog>
  );
}
