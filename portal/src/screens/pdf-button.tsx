/** Fetches an invoice as a PDF. In a table it is for wide screens: phones have it on the invoice's page. */

import { useState } from 'preact/hooks';
import { download } from '../api/download';
import { t } from '../i18n';
import { Button } from '../ui/button';
import { failureText } from '../ui/states';
import { toast } from '../ui/toast';

type PdfButtonProps = {
  invoice: { id: string; number: string | null; pdfUrl: string };
  label: string;
  look?: 'link' | 'ghost';
};

export function PdfButton({ invoice, label, look = 'link' }: PdfButtonProps) {
  const [isBusy, setBusy] = useState(false);
  const fetchIt = async () => {
    setBusy(true);
    const failure = await download(invoice.pdfUrl, `${invoice.number ?? invoice.id}.pdf`);
    setBusy(false);
    if (!failure) return;
    const why = failure.code === 'NOT_FOUND' ? t('pdf.missing') : failureText(failure);
    toast(t('pdf.failed', { why }), { icon: 'alert', tone: 'bad' });
  };
  return (
    <span class={look === 'link' ? 'if-wide' : ''}>
      <Button look={look} isBusy={isBusy} onClick={fetchIt}>
        {label}
        {invoice.number && <span class="hidden"> {t('invoice.number', { number: invoice.number })}</span>}
      </Button>
    </span>
  );
}
