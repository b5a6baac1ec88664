/** A subscription for a customer who is there: a plan, by boleto or Pix as the customer likes, without a card. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { useAsk } from '../../api/asking';
import { graphql } from '../../graphql';
import { t } from '../../i18n';
import { priceText } from '../../i18n/billing';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Select } from '../../ui/field';
import { FormProblem, fieldErrors } from '../../ui/problem';

const PLANS = graphql(`
  query PlansToSubscribe {
    plans(filter: { active: true }, first: 100) {
      edges { node { id name billingCycle price { amount currency } } }
    }
  }
`);
const SUBSCRIBE = graphql(`
  mutation SubscribeCustomer($input: CreateSubscriptionInput!) {
    createSubscription(input: $input) { subscription { id } userErrors { code message field } }
  }
`);

const FIELDS = ['planId'] as const;

type SubscribeProps = { customerId: string; onClose: () => void; onDone: () => void };

export function SubscribeDialog({ customerId, onClose, onDone }: SubscribeProps) {
  const plans = useAsk(PLANS, {}).data?.plans.edges.map((edge) => edge.node) ?? [];
  const { act, isBusy, problem } = useAct(SUBSCRIBE, { once: true });
  const [planId, setPlanId] = useState('');
  const [method, setMethod] = useState('');
  const subscribe = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!planId) return;
    const paymentMethod = method === 'PIX' ? { pix: {} } : method === 'BOLETO' ? { boleto: {} } : null;
    if (!(await act({ customerId, planId, paymentMethod }))) return;
    onClose();
    onDone();
  };
  return (
    <Dialog title={t('customer.subscribe')} onClose={onClose}>
      <form class="form" onSubmit={subscribe} noValidate>
        <Select
          label={t('plan')}
          value={planId}
          error={fieldErrors(problem.errors, FIELDS).planId}
          onValue={setPlanId}
          options={[
            ['', t('customer.choosePlan')],
            ...plans.map(
              (plan) => [plan.id, `${plan.name}, ${priceText(plan.price, plan.billingCycle)}`] as const,
            ),
          ]}
        />
        <Select
          label={t('method')}
          hint={t('customer.methodHint')}
          value={method}
          onValue={setMethod}
          options={[
            ['', t('customer.methodLater')],
            ['PIX', 'Pix'],
            ['BOLETO', 'Boleto'],
          ]}
        />
        <FormProblem problem={problem} fields={FIELDS} />
        <div class="actions">
          <Button type="submit" look="primary" isBusy={isBusy}>
            {t('customer.subscribe')}
          </Button>
          <Button onClick={onClose}>{t('back')}</Button>
        </div>
      </form>
    </Dialog>
  );
}
