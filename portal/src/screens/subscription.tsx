/** My subscription: what I have, what comes next, and everything that can be done about it. */

import { useAsk } from '../api/asking';
import { graphql } from '../graphql';
import { t, word } from '../i18n';
import { canChangePlan, methodText, periodText, planText, stateOf } from '../i18n/billing';
import { date, instantDay, money } from '../i18n/format';
import { ButtonLink } from '../ui/button';
import { Facts } from '../ui/facts';
import { Icon } from '../ui/icon';
import { Page } from '../ui/page';
import { Pending } from '../ui/pending';
import { Empty } from '../ui/states';
import { Status } from '../ui/status';
import { SubscriptionActions } from './subscription-actions';
import { HELD, type Held, SubscriptionNotices } from './subscription-notices';
import { Use } from './subscription-use';

const MINE = graphql('query MySubscription { mySubscription { ...Held } }', [HELD]);

export function SubscriptionScreen() {
  const answer = useAsk(MINE, {});
  const { data } = answer;
  if (!data) return <Pending answer={answer} title={t('subscription')} failed={t('subscription.failed')} />;
  const mine = data.mySubscription;
  if (!mine) {
    return (
      <Page title={t('subscription')}>
        <Empty title={t('subscription.none')} text={t('subscription.noneText')}>
          <ButtonLink to="/planos">{t('subscription.choose')}</ButtonLink>
        </Empty>
      </Page>
    );
  }
  const isOver = mine.status === 'CANCELLED';
  return (
    <Page title={t('subscription')}>
      <SubscriptionNotices held={mine} />
      <div class="columns">
        <section class="card stack" aria-labelledby="plan">
          <div class="plan-head">
            <h2 id="plan">{planText(mine.plan)}</h2>
            <Status of="subscription" value={stateOf(mine)} />
          </div>
          <p class="plan-price">
            <strong>{money(mine.price)}</strong>{' '}
            <span class="muted">{word('per', mine.plan.billingCycle)}</span>
          </p>
          <Facts facts={factsOf(mine)} />
          {!isOver && (
            <div class="actions">
              {canChangePlan(mine) && (
                <ButtonLink to={`/?ciclo=${mine.plan.billingCycle}`}>{t('subscription.change')}</ButtonLink>
              )}
              <ButtonLink to="/assinatura/forma">{t('subscription.method')}</ButtonLink>
            </div>
          )}
        </section>
        <Limits held={mine} />
      </div>
      {!isOver && <SubscriptionActions held={mine} />}
    </Page>
  );
}

function factsOf(mine: Held) {
  const isTrial = mine.status === 'TRIALING';
  const isOver = mine.status === 'CANCELLED';
  const credit = mine.customer.creditBalances.filter((balance) => Number(balance.amount) > 0);
  return [
    [t('subscription.period'), isOver ? null : periodText(mine.currentPeriod)],
    [t('subscription.trialUntil'), isTrial && mine.trialEndsOn ? date(mine.trialEndsOn) : null],
    [
      t('subscription.next'),
      mine.nextBillingDate &&
        // What a pause leaves of a period is billed by days: the price says nothing of it.
        !mine.resumeOn &&
        t('amountOn', {
          amount: money(nextPrice(mine)),
          date: date(mine.nextBillingDate),
        }),
    ],
    [t('subscription.endedOn'), isOver && mine.endedAt ? instantDay(mine.endedAt) : null],
    [t('method'), isOver ? null : methodText(mine.paymentMethod)],
    [t('subscription.credit'), credit.map(money).join(', ')],
  ] as const;
}

/** What the next period costs: a change that waits for its payment may never come. */
function nextPrice({ pendingChange: change, price }: Held) {
  return change && !change.awaitingPayment ? change.price : price;
}

function Limits({ held }: { held: Held }) {
  const { limits, features } = held.plan;
  return (
    <section class="stack" aria-labelledby="includes">
      <h2 class="card-title" id="includes">
        {t('subscription.includes')}
      </h2>
      <ul class="features">
        {features.map((feature) => (
          <li key={feature}>
            <Icon name="check" />
            <span>{feature}</span>
          </li>
        ))}
      </ul>
      <Use limits={limits} />
    </section>
  );
}
