/** Sending an open invoice to its customer once more. */

import { useAct } from '../../api/acting';
import { graphql } from '../../graphql';
import { t } from '../../i18n';
import { toast } from '../../ui/toast';
import { ActDialog } from '../act-dialog';
import type { InvoiceProps } from './acts';

const SEND = graphql(`
  mutation SendInvoice($input: SendMailInput!) {
    sendMail(input: $input) { mail { id } userErrors { code message field } }
  }
`);

export function SendDialog({ invoice, onClose }: InvoiceProps) {
  const act = useAct(SEND, { once: true });
  const { email } = invoice.subscription.customer;
  const kind = invoice.status === 'OVERDUE' ? ('INVOICE_OVERDUE' as const) : ('INVOICE_ISSUED' as const);
  const send = async () => {
    if (!(await act.act({ invoiceId: invoice.id, kind }))) return;
    toast(t('invoiceAct.sent', { email }));
    onClose();
  };
  return (
    <ActDialog
      title={t('invoiceAct.sendTitle', { number: invoice.number ?? '' })}
      text={t('invoiceAct.sendText', { email })}
      confirm={t('invoiceAct.send')}
      act={act}
      onAct={send}
      onClose={onClose}
    />
  );
}
