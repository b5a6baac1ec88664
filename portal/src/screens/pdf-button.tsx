/** Fetches an invoice or a receipt as a PDF. In a table it is for wide screens: phones have it on the invoice's page. */

import { useState } from 'preact/hooks';
import { download } from '../api/download';
import { t } from '../i18n';
import { Button } from '../ui/button';
import { failureText } from '../ui/states';
import { toast } from '../ui/toast';

type Look = 'link' | 'ghost';
type PdfButtonProps = {
  invoice: { id: string; number: string | null; pdfUrl: string };
  label: string;
  look?: Look;
};

export function PdfButton({ invoice: { id, number, pdfUrl }, label, look = 'link' }: PdfButtonProps) {
  const of = number && t('invoice.number', { number });
  return <FileButton path={pdfUrl} name={number ?? id} label={label} of={of} look={look} />;
}

type ReceiptButtonProps = { receipt: { number: string | null; pdfUrl: string }; look?: Look };

export function ReceiptButton({ receipt: { number, pdfUrl }, look = 'link' }: ReceiptButtonProps) {
  const label = t('payments.receipt');
  return <FileButton path={pdfUrl} name={number ?? label} label={label} of={number} look={look} />;
}

type FileButtonProps = { path: string; name: string; label: string; of: string | null; look: Look };

function FileButton({ path, name, label, of, look }: FileButtonProps) {
  const [isBusy, setBusy] = useState(false);
  const fetchIt = async () => {
    setBusy(true);
    const failure = await download(path, `${name}.pdf`);
    setBusy(false);
    if (!failure) return;
    const why = failure.code === 'NOT_FOUND' ? t('pdf.missing') : failureText(failure);
    toast(t('pdf.failed', { why }), { icon: 'alert', tone: 'bad' });
  };
  return (
    <span class={look === 'link' ? 'if-wide' : ''}>
      <Button look={look} isBusy={isBusy} onClick={fetchIt}>
        {label}
        {of && <span class="hidden"> {of}</span>}
      </Button>
    </span>
  );
}
