/** Checkout: what is taken and what it costs, beside how it is going to be paid. */

import { useAct } from '../api/acting';
import { useAsk } from '../api/asking';
import { connectAnew } from '../api/client';
import { graphql, type ResultOf } from '../graphql';
import { counted, t, word } from '../i18n';
import { planText, priceText } from '../i18n/billing';
import { dayOf, plusDays } from '../i18n/business-day';
import { date, money } from '../i18n/format';
import { navigate, Redirect, useSearchParameter } from '../router';
import { Agreement } from '../shell/footer';
import { Choices } from '../ui/choice';
import { Facts } from '../ui/facts';
import { NotFound } from '../ui/not-found';
import { Page } from '../ui/page';
import { Pending } from '../ui/pending';
import { CouponField, useCoupon } from './coupon-field';
import { MethodForm, type MethodInput } from './method-form';

const CHECKOUT = graphql(`
  query Checkout($plan: ID!) {
    plan(id: $plan) {
      id
      name
      billingCycle
      trialDays
      active
      price { amount currency }
    }
    mySubscription { id status }
    clock { now }
  }
`);

const SUBSCRIBE = graphql(`
  mutation Subscribe($input: CreateSubscriptionInput!) {
    createSubscription(input: $input) {
      subscription { id status }
      userErrors { code message field invoiceId retryAt clientSecret declineCode }
    }
  }
`);

const SUBMIT_TEXTS = {
  saved: 'checkout.pay',
  card: 'checkout.pay',
  pix: 'checkout.makeCode',
  boleto: 'checkout.makeBoleto',
} as const;

type Plan = NonNullable<ResultOf<typeof CHECKOUT>['plan']>;
type Start = 'trial' | 'today';

const FROM_TODAY = 'hoje';

export function CheckoutScreen({ planId }: { planId: string }) {
  const answer = useAsk(CHECKOUT, { plan: planId });
  const { act, isBusy, problem } = useAct(SUBSCRIBE, { once: true });
  // The address keeps what was chosen: a reload, or a step back, finds it again.
  const [kept, keep] = useSearchParameter('inicio');
  const start: Start = kept === FROM_TODAY ? 'today' : 'trial';
  const { code, typed, preview, setCode } = useCoupon(planId);
  const { data } = answer;
  if (!data) return <Pending answer={answer} title={t('checkout')} failed={t('checkout.failed')} />;
  const { plan, mySubscription: held } = data;
  if (!plan?.active) return <NotFound home="/planos" />;
  // Not while the subscription is being made: its page comes next anyway.
  if (held && held.status !== 'CANCELLED' && !isBusy) return <Redirect to="/assinatura" />;
  const canTry = !held && plan.trialDays > 0;
  const isTrial = canTry && start === 'trial';
  const price = (preview?.valid && preview.firstInvoice?.total) || plan.price;
  const subscribe = async (paymentMethod: MethodInput | null) => {
    const done = await act({ planId: plan.id, skipTrial: !isTrial, paymentMethod, couponCode: code });
    if (!done) return;
    if (!held) connectAnew();
    navigate('/assinatura/ativacao', { replace: true });
  };
  return (
    <Page title={t('checkout')} lede={t('checkout.lede', { plan: planText(plan) })}>
      <div class="columns">
        <div class="stack">
          {canTry && (
            <StartChoice
              plan={plan}
              start={start}
              onStart={(one) => keep(one === 'today' ? FROM_TODAY : '')}
            />
          )}
          <CouponField start={typed} preview={preview} onCode={setCode} />
          <MethodForm
            currency={plan.price.currency}
            submitText={(kind) =>
              isTrial ? t('checkout.startTrial') : t(SUBMIT_TEXTS[kind], { price: money(price) })
            }
            onMethod={subscribe}
            isBusy={isBusy}
            problem={problem}
          />
        </div>
        <Summary plan={plan} price={price} isTrial={isTrial} today={dayOf(data.clock.now)} />
      </div>
    </Page>
  );
}

type StartChoiceProps = { plan: Plan; start: Start; onStart: (start: Start) => void };

function StartChoice({ plan, start, onStart }: StartChoiceProps) {
  const days = counted('days', plan.trialDays);
  return (
    <Choices
      legend={t('checkout.start')}
      showsLegend
      value={start}
      onValue={onStart}
      options={[
        { value: 'trial', label: t('checkout.trial', { days }), note: t('checkout.trialNote') },
        {
          value: 'today',
          label: t('checkout.today'),
          note: t('checkout.todayNote', { price: money(plan.price) }),
        },
      ]}
    />
  );
}

type SummaryProps = { plan: Plan; price: Plan['price']; isTrial: boolean; today: string };

/** What is taken; *price* is that of its first invoice, less what a code takes off. */
function Summary({ plan, price, isTrial, today }: SummaryProps) {
  const dueToday = isTrial ? money({ ...price, amount: '0' }) : money(price);
  return (
    <section class="card stack summary" aria-labelledby="summary">
      <h2 class="card-title" id="summary">
        {t('checkout.summary')}
      </h2>
      <Facts
        facts={[
          [t('plan'), planText(plan)],
          [t('checkout.priceName'), priceText(plan.price, plan.billingCycle)],
          [
            t('checkout.next'),
            isTrial
              ? t('amountOn', { amount: money(price), date: date(plusDays(today, plan.trialDays)) })
              : word('every', plan.billingCycle),
          ],
        ]}
      />
      <p class="total">
        <span>{t('checkout.dueToday')}</span> <strong>{dueToday}</strong>
      </p>
      <p class="hint">{t('checkout.cancelAnyTime')}</p>
      <Agreement />
    </section>
  );
}
