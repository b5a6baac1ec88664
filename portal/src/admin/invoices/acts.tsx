/** What an operator can do about an invoice as it stands. */

import { useState } from 'preact/hooks';
import { graphql } from '../../graphql';
import { t } from '../../i18n';
import { PdfButton } from '../../screens/pdf-button';
import { Button } from '../../ui/button';
import { ConfirmDialog } from '../confirm-dialog';
import { CopyLink } from '../links/copy-link';
import { type Permission, useMay } from '../permissions';
import { CodeDialog } from './code-dialog';
import { CreditNoteDialog } from './credit-note-dialog';
import type { AdminInvoice } from './invoice';
import { PaidDialog } from './paid-dialog';
import { SendDialog } from './send-dialog';

const VOID = graphql(`
  mutation VoidInvoice($input: VoidInvoiceInput!) {
    voidInvoice(input: $input) { invoice { id status } userErrors { code message field } }
  }
`);
const WRITE_OFF = graphql(`
  mutation WriteOffInvoice($input: WriteOffInvoiceInput!) {
    writeOffInvoice(input: $input) { invoice { id status } userErrors { code message field } }
  }
`);

export type InvoiceProps = { invoice: AdminInvoice; onClose: () => void };

type Act = {
  name: string;
  needs: Permission;
  isPossible: boolean;
  Dialog: (props: InvoiceProps) => preact.JSX.Element | null;
};

export function InvoiceActs({ on: invoice }: { on: AdminInvoice }) {
  const may = useMay();
  const [opened, setOpened] = useState<string | null>(null);
  const acts = actsOn(invoice).filter(({ needs }) => may(needs));
  // It stays open when what was asked for is not possible any more: the answer says so.
  const Shown = acts.find(({ name }) => name === opened)?.Dialog;
  return (
    <>
      <div class="actions before-list">
        {acts
          .filter(({ isPossible }) => isPossible)
          .map(({ name }) => (
            <Button key={name} isSmall onClick={() => setOpened(name)}>
              {name}
            </Button>
          ))}
        <PdfButton invoice={invoice} label={t('invoices.pdf')} look="ghost" />
        <CopyLink invoice={invoice} />
      </div>
      {Shown && <Shown invoice={invoice} onClose={() => setOpened(null)} />}
    </>
  );
}

function actsOn({ status, amountPaid }: AdminInvoice): Act[] {
  const isOpen = status === 'PENDING' || status === 'OVERDUE';
  const isUnpaid = isOpen && !Number(amountPaid.amount);
  return [
    { name: t('invoiceAct.code'), needs: 'SUBSCRIPTIONS_WRITE', isPossible: isOpen, Dialog: CodeDialog },
    { name: t('invoiceAct.send'), needs: 'SUBSCRIPTIONS_WRITE', isPossible: isOpen, Dialog: SendDialog },
    { name: t('invoiceAct.paid'), needs: 'INVOICES_WRITE', isPossible: isOpen, Dialog: PaidDialog },
    {
      name: t('invoiceAct.creditNote'),
      needs: 'INVOICES_WRITE',
      isPossible: status === 'PAID',
      Dialog: CreditNoteDialog,
    },
    { name: t('invoiceAct.void'), needs: 'INVOICES_WRITE', isPossible: isUnpaid, Dialog: VoidDialog },
    { name: t('invoiceAct.writeOff'), needs: 'INVOICES_WRITE', isPossible: isOpen, Dialog: WriteOffDialog },
  ];
}

function VoidDialog({ invoice, onClose }: InvoiceProps) {
  return (
    <ConfirmDialog
      document={VOID}
      input={{ invoiceId: invoice.id }}
      title={t('invoiceAct.voidTitle', { number: invoice.number ?? '' })}
      text={t('invoiceAct.voidText')}
      confirm={t('invoiceAct.void')}
      look="danger"
      onClose={onClose}
    />
  );
}

function WriteOffDialog({ invoice, onClose }: InvoiceProps) {
  return (
    <ConfirmDialog
      document={WRITE_OFF}
      input={{ invoiceId: invoice.id }}
      title={t('invoiceAct.writeOffTitle', { number: invoice.number ?? '' })}
      text={t('invoiceAct.writeOffText')}
      confirm={t('invoiceAct.writeOff')}
      look="danger"
      onClose={onClose}
    />
  );
}
