/** Another way to pay from now on. */

import { useAct } from '../api/acting';
import { useAsk } from '../api/asking';
import { graphql } from '../graphql';
import { t } from '../i18n';
import { methodText } from '../i18n/billing';
import { navigate, Redirect } from '../router';
import { Page } from '../ui/page';
import { Pending } from '../ui/pending';
import { MethodForm, type MethodInput } from './method-form';

const METHOD = graphql(
  'query MyMethod { mySubscription { id status price { currency } paymentMethod { kind brand lastFour } } }',
);
const UPDATE = graphql(`
  mutation UpdateMethod($input: UpdatePaymentMethodInput!) {
    updatePaymentMethod(input: $input) {
      subscription { id paymentMethod { kind brand lastFour } }
      userErrors { code message field retryAt clientSecret declineCode }
    }
  }
`);

export function PaymentMethodScreen() {
  const answer = useAsk(METHOD, {});
  const { act, isBusy, problem } = useAct(UPDATE, { once: true });
  const { data } = answer;
  if (!data) return <Pending answer={answer} title={t('methodChange')} failed={t('subscription.failed')} />;
  const mine = data.mySubscription;
  if (!mine || mine.status === 'CANCELLED') return <Redirect to="/assinatura" />;
  const update = async (paymentMethod: MethodInput | null) => {
    if (!paymentMethod) return;
    if (await act({ subscriptionId: mine.id, paymentMethod })) navigate('/assinatura');
  };
  return (
    <Page title={t('methodChange')} lede={t('methodChange.lede', { method: methodText(mine.paymentMethod) })}>
      <div class="narrow">
        <MethodForm
          currency={mine.price.currency}
          submitText={() => t('methodChange.save')}
          onMethod={update}
          isBusy={isBusy}
          problem={problem}
        />
      </div>
    </Page>
  );
}
