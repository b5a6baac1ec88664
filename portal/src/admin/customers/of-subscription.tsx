/** What is billed or credited to a customer stands with one of their subscriptions: which one is asked first. */

import { useState } from 'preact/hooks';
import { useAsk } from '../../api/asking';
import { graphql } from '../../graphql';
import { t, word } from '../../i18n';
import { planText } from '../../i18n/billing';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Select } from '../../ui/field';
import { PendingPart } from '../../ui/pending';
import { Empty } from '../../ui/states';
import { NewInvoiceDialog } from '../items/new-invoice';
import { CreditDialog } from './credit-dialog';

const SUBSCRIPTIONS = graphql(`
  query SubscriptionsToBill($id: ID!) {
    subscriptions(filter: { customerId: $id }, first: 100) {
      edges { node { id status price { currency } plan { id name billingCycle } } }
    }
  }
`);

type CustomerProps = { customerId: string; onClose: () => void };

export function CustomerInvoiceDialog({ customerId, onClose }: CustomerProps) {
  const answer = useAsk(SUBSCRIPTIONS, { id: customerId });
  const all = answer.data?.subscriptions.edges.map((edge) => edge.node) ?? [];
  const [chosenId, setChosenId] = useState('');
  const [isChosen, setChosen] = useState(false);
  const chosen = all.find((one) => one.id === chosenId) ?? all[0];
  if (chosen && (isChosen || all.length === 1)) {
    const given = { subscriptionId: chosen.id, currency: chosen.price.currency, onClose };
    return <NewInvoiceDialog {...given} />;
  }
  return (
    <Dialog title={t('items.new')} onClose={onClose}>
      {!answer.data ? (
        <PendingPart answer={answer} failed={t('subscriptions.failed')} />
      ) : chosen ? (
        <Select
          label={t('subscription')}
          value={chosen.id}
          onValue={setChosenId}
          options={all.map((one) => [
            one.id,
            `${planText(one.plan)}, ${word('subscription', one.status).toLowerCase()}`,
          ])}
        />
      ) : (
        <Empty title={t('customer.noneToBill')} text={t('customer.noneToBillText')} />
      )}
      <div class="actions">
        {chosen && (
          <Button look="primary" onClick={() => setChosen(true)}>
            {t('customer.next')}
          </Button>
        )}
        <Button onClick={onClose}>{t('back')}</Button>
      </div>
    </Dialog>
  );
}

/** Balances are kept by currency: that of the newest subscription is meant. */
export function CustomerCreditDialog({
  customerId,
  onClose,
  onDone,
}: CustomerProps & { onDone: () => void }) {
  const answer = useAsk(SUBSCRIPTIONS, { id: customerId });
  const [newest] = answer.data?.subscriptions.edges ?? [];
  if (newest) {
    const { currency } = newest.node.price;
    return <CreditDialog customerId={customerId} currency={currency} onClose={onClose} onDone={onDone} />;
  }
  return (
    <Dialog title={t('credit.grant')} onClose={onClose}>
      {answer.data ? (
        <Empty title={t('customer.noneToBill')} text={t('customer.noneToBillText')} />
      ) : (
        <PendingPart answer={answer} failed={t('subscriptions.failed')} />
      )}
      <div class="actions">
        <Button onClick={onClose}>{t('back')}</Button>
      </div>
    </Dialog>
  );
}
