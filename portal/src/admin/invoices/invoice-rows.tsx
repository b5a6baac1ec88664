/** Invoices as rows, wherever operators see some: each leads to its own page. */

import { type FragmentOf, graphql } from '../../graphql';
import { t } from '../../i18n';
import { invoicePeriodText, invoiceText } from '../../i18n/billing';
import { instantDate, money } from '../../i18n/format';
import { Link } from '../../router';
import { PdfButton } from '../../screens/pdf-button';
import { Status } from '../../ui/status';
import type { Column } from '../../ui/table';
import { CopyLink } from '../links/copy-link';

export const INVOICES_PATH = '/admin/faturas';

export const INVOICE_ROW = graphql(`
  fragment InvoiceRow on Invoice @_unmask {
    id
    number
    kind
    status
    issuedAt
    dueDate
    pdfUrl
    total { amount currency }
    period { start end }
    lines { kind description }
  }
`);

export type InvoiceRow = FragmentOf<typeof INVOICE_ROW>;

export function invoiceColumns(): Column<InvoiceRow>[] {
  return [
    { place: 'when', title: t('column.issued'), cell: (invoice) => instantDate(invoice.issuedAt) },
    {
      place: 'main',
      title: t('column.description'),
      cell: (invoice) => (
        <>
          <Link to={`${INVOICES_PATH}/${invoice.id}`} class="row-link">
            {invoiceText(invoice)}
          </Link>{' '}
          <span class="sub period">{invoicePeriodText(invoice)}</span>
        </>
      ),
    },
    { place: 'how', title: t('column.number'), cell: (invoice) => invoice.number },
    {
      place: 'state',
      title: t('column.status'),
      cell: (invoice) => <Status of="invoice" value={invoice.status} />,
    },
    { place: 'amount', title: t('column.amount'), cell: (invoice) => money(invoice.total) },
    {
      place: 'action',
      title: '',
      cell: (invoice) => (
        <>
          <CopyLink invoice={invoice} /> <PdfButton invoice={invoice} label={t('invoices.pdf')} />
        </>
      ),
    },
  ];
}
