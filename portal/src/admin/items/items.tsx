/** What is billed beside a plan: items that wait, and new ones, with the plan or by themselves. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { type FragmentOf, graphql } from '../../graphql';
import { t } from '../../i18n';
import { money } from '../../i18n/format';
import { Button } from '../../ui/button';
import { Section } from '../../ui/page';
import { FormProblem } from '../../ui/problem';
import { Empty } from '../../ui/states';
import { type Column, Table } from '../../ui/table';
import { useMay } from '../permissions';
import { AddItemDialog } from './add-item';
import { NewInvoiceDialog } from './new-invoice';

export const ITEMS = graphql(`
  fragment WaitingItems on BillingSubscription @_unmask {
    id
    status
    cancelAtPeriodEnd
    price { currency }
    invoiceItems { id description quantity penalty unitPrice { amount currency } }
  }
`);
const REMOVE = graphql(`
  mutation RemoveInvoiceItem($input: RemoveInvoiceItemInput!) {
    removeInvoiceItem(input: $input) { subscription { id } userErrors { code message field } }
  }
`);

type Dialog = 'item' | 'invoice' | null;

type WithItems = FragmentOf<typeof ITEMS>;
type Item = WithItems['invoiceItems'][number];

export function Items({ of: sub }: { of: WithItems }) {
  const may = useMay();
  const { act, isBusy, problem } = useAct(REMOVE, { once: true });
  const [dialog, setDialog] = useState<Dialog>(null);
  const given = { subscriptionId: sub.id, currency: sub.price.currency, onClose: () => setDialog(null) };
  const canWait = sub.status !== 'CANCELLED' && !sub.cancelAtPeriodEnd;
  const columns: Column<Item>[] = [
    {
      place: 'main',
      title: t('items.description'),
      cell: (item) => (
        <>
          {item.description} {item.penalty && <span class="sub">{t('items.penalty')}</span>}
        </>
      ),
    },
    { place: 'how', title: t('items.quantity'), cell: (item) => item.quantity },
    { place: 'amount', title: t('items.price'), cell: (item) => money(item.unitPrice) },
  ];
  if (may('SUBSCRIPTIONS_WRITE')) {
    columns.push({
      place: 'action',
      title: '',
      cell: (item) => (
        <Button
          look="link"
          isBusy={isBusy}
          aria-label={t('items.removeLabel', { description: item.description })}
          onClick={() => act({ subscriptionId: sub.id, itemId: item.id })}
        >
          {t('items.remove')}
        </Button>
      ),
    });
  }
  return (
    <Section title={t('items')} isRuled>
      {sub.invoiceItems.length ? (
        <Table caption={t('items')} rows={sub.invoiceItems} columns={columns} />
      ) : (
        canWait && <Empty title={t('items.empty')} text={t('items.emptyText')} />
      )}
      <FormProblem problem={problem} />
      <div class="actions">
        {canWait && may('SUBSCRIPTIONS_WRITE') && (
          <Button onClick={() => setDialog('item')}>{t('items.add')}</Button>
        )}
        {may('INVOICES_WRITE') && <Button onClick={() => setDialog('invoice')}>{t('items.new')}</Button>}
      </div>
      {dialog === 'item' && <AddItemDialog {...given} />}
      {dialog === 'invoice' && <NewInvoiceDialog {...given} />}
    </Section>
  );
}
