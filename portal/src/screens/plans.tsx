/** Plans: the offers in one interval at a time, and the one that the customer has. */

import { useAll, useAsk } from '../api/asking';
import { graphql, type ResultOf } from '../graphql';
import { counted, t, word } from '../i18n';
import { canChangePlan, priceText, stateOf } from '../i18n/billing';
import { date, money, percent } from '../i18n/format';
import { Redirect, useSearchParameter } from '../router';
import { ButtonLink } from '../ui/button';
import { Segments } from '../ui/choice';
import { Icon } from '../ui/icon';
import { Page, Section } from '../ui/page';
import { Pending } from '../ui/pending';
import { Empty, Skeleton } from '../ui/states';

const PLANS = graphql(`
  query Plans($first: Int!, $after: String) {
    plans(first: $first, after: $after, filter: { active: true }) {
      pageInfo { hasNextPage endCursor }
      edges {
        node {
          id
          productId
          name
          description
          price { amount currency }
          monthlyPrice { amount currency }
          billingCycle
          userType
          trialDays
          features
        }
      }
    }
  }
`);

const RECOMMENDED = graphql(`
  query Recommended($first: Int!, $after: String) {
    products(first: $first, after: $after, filter: { active: true }) {
      pageInfo { hasNextPage endCursor }
      edges { node { id recommended } }
    }
  }
`);

const MINE = graphql(`
  query Mine {
    me { userType }
    mySubscription {
      id
      status
      nextBillingDate
      cancelAtPeriodEnd
      pendingChange { planId planName takesEffectOn awaitingPayment invoice { id } }
      plan { id name userType billingCycle monthlyPrice { amount currency } }
    }
  }
`);

type Plan = ResultOf<typeof PLANS>['plans']['edges'][number]['node'];
type Held = NonNullable<ResultOf<typeof MINE>['mySubscription']>;

const CYCLES = ['MONTHLY', 'QUARTERLY', 'SEMIANNUAL', 'ANNUAL'] as const;

/** The plans; as the home of newcomers. Whoever has a subscription is at home there. */
export function PlansScreen({ isHome = false }: { isHome?: boolean }) {
  const listed = useAll(PLANS, (data) => data.plans);
  const pointedOut = useAll(RECOMMENDED, (data) => data.products);
  const mine = useAsk(MINE, {});
  const [chosen, choose] = useSearchParameter('ciclo');
  const [wanted, want] = useSearchParameter('publico');
  const answers = [listed, pointedOut, mine];
  const missing = answers.find((answer) => !answer.data);
  const last = mine.data?.mySubscription;
  const held = last && last.status !== 'CANCELLED' ? last : null;
  if (isHome && held) return <Redirect to="/assinatura" />;
  const retry = () => {
    for (const answer of answers) answer.retry();
  };
  if (missing || !listed.data || !mine.data)
    return (
      <Pending
        answer={{ ...(missing ?? listed), retry }}
        title={t('plans')}
        lede={t('plans.lede')}
        failed={t('plans.failed')}
        skeleton={<Skeleton rows={3} shape="cards" />}
      />
    );
  const { me } = mine.data;
  const audiences = [...new Set(listed.data.flatMap((plan) => plan.userType ?? []))].sort();
  // Whom the seller knows somebody to be decides; a stranger says it.
  const known = held?.plan.userType ?? me.userType;
  const audience = known ?? audiences.find((one) => one === wanted);
  const plans = listed.data.filter((plan) => !audience || !plan.userType || plan.userType === audience);
  const flagged = new Set(pointedOut.data?.filter((one) => one.recommended).map((one) => one.id));
  const cycles = CYCLES.filter((cycle) => plans.some((plan) => plan.billingCycle === cycle));
  const cycle = cycles.find((one) => one === chosen) ?? held?.plan.billingCycle ?? cycles[0] ?? 'MONTHLY';
  const products = pricesByProduct(plans);
  const shown = products
    .map((prices) => offered(prices, cycle, held?.plan.monthlyPrice.currency ?? commonCurrency(plans)))
    .filter((plan) => plan !== undefined)
    .sort(byPrice);
  return (
    <Page
      title={t('plans')}
      lede={t('plans.lede')}
      aside={
        <>
          {!known && audiences.length > 1 && (
            <Segments
              legend={t('plans.audience')}
              value={audience ?? ''}
              options={[
                { value: '', label: t('filter.all') },
                ...audiences.map((value) => ({ value, label: audienceText(value) })),
              ]}
              onValue={want}
            />
          )}
          {cycles.length > 1 && (
            <Segments
              legend={t('plans.cycle')}
              value={cycle}
              options={cycles.map((value) => ({ value, label: word('cycle', value) }))}
              onValue={choose}
            />
          )}
        </>
      }
    >
      {shown.length ? (
        <ul class="plans">
          {shown.map((plan) => (
            <PlanCard
              key={plan.id}
              plan={plan}
              held={held}
              isNewcomer={!last}
              isRecommended={
                Boolean(plan.productId && flagged.has(plan.productId)) && plan.id !== held?.plan.id
              }
              monthly={monthlyOf(plan, products)}
            />
          ))}
        </ul>
      ) : (
        <Empty title={t('plans.empty')} text={t('plans.emptyText')} />
      )}
      <HowChangesWork />
    </Page>
  );
}

type PlanCardProps = {
  plan: Plan;
  held: Held | null;
  isNewcomer: boolean;
  isRecommended: boolean;
  /** The same product billed by the month, to compare with. */
  monthly: Plan | undefined;
};

function PlanCard({ plan, held, isNewcomer, isRecommended, monthly }: PlanCardProps) {
  const isHeld = held?.plan.id === plan.id;
  const coming = held?.pendingChange?.planId === plan.id ? held.pendingChange : null;
  return (
    <li class={`card plan${isRecommended ? ' is-recommended' : ''}`}>
      <div class="plan-head">
        <h2>{plan.name}</h2>
        {isHeld && <span class="tag">{t('plans.yours')}</span>}
        {coming && <span class="tag">{t(coming.awaitingPayment ? 'plans.awaited' : 'plans.scheduled')}</span>}
        {isRecommended && <span class="tag is-tinted">{t('plans.recommended')}</span>}
      </div>
      <p class="plan-price">
        <strong>{money(plan.monthlyPrice)}</strong> <span class="muted">{t('plans.perMonth')}</span>
      </p>
      <p class="muted small">{totalText(plan, monthly)}</p>
      {plan.description && <p class="plan-text">{plan.description}</p>}
      <ul class="features">
        {plan.features.map((feature) => (
          <li key={feature}>
            <Icon name="check" />
            <span>{feature}</span>
          </li>
        ))}
      </ul>
      {isHeld && held ? (
        <p class="plan-held">
          <span class="muted">{renewalText(held)}</span>
          <ButtonLink to="/assinatura" look="link">
            {t('plans.manage')}
          </ButtonLink>
        </p>
      ) : coming ? (
        <Coming change={coming} />
      ) : held && !canChangePlan(held) ? (
        <p class="muted small">{t('plans.notNow')}</p>
      ) : (
        <ButtonLink
          to={held ? `/assinatura/trocar/${plan.id}` : `/checkout/${plan.id}`}
          look={isRecommended ? 'primary' : 'ghost'}
          isWide
        >
          {held ? t('plans.changeTo', { plan: plan.name }) : <Offer plan={plan} isNewcomer={isNewcomer} />}
        </ButtonLink>
      )}
    </li>
  );
}

/** A change to this plan is on its way: what is left to do about it. */
function Coming({ change }: { change: NonNullable<Held['pendingChange']> }) {
  const { awaitingPayment, invoice, takesEffectOn } = change;
  return (
    <p class="plan-held">
      <span class="muted">
        {awaitingPayment ? t('plans.whenPaid') : t('plans.from', { date: date(takesEffectOn) })}
      </span>
      {awaitingPayment && invoice ? (
        <ButtonLink to={`/pagar/${invoice.id}`} look="link">
          {t('unpaid.pay')}
        </ButtonLink>
      ) : (
        <ButtonLink to="/assinatura" look="link">
          {t('plans.manage')}
        </ButtonLink>
      )}
    </p>
  );
}

function HowChangesWork() {
  return (
    <Section title={t('plans.how')} isRuled>
      <ul class="trio">
        {(['up', 'down', 'leave'] as const).map((one) => (
          <li key={one}>
            <h3>{t(`plans.how.${one}`)}</h3>
            <p class="muted">{t(`plans.how.${one}Text`)}</p>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function totalText(plan: Plan, monthly: Plan | undefined): string {
  if (plan.billingCycle === 'MONTHLY') return t('plans.everyMonth');
  const total = priceText(plan.price, plan.billingCycle);
  const saved = monthly ? 1 - Number(plan.monthlyPrice.amount) / Number(monthly.monthlyPrice.amount) : 0;
  return saved >= 0.01 ? t('plans.saving', { total, saved: percent(saved) }) : total;
}

function Offer({ plan, isNewcomer }: { plan: Plan; isNewcomer: boolean }) {
  if (!isNewcomer || !plan.trialDays) return <>{t('plans.take', { plan: plan.name })}</>;
  return (
    <span>
      {t('plans.try', { days: counted('days', plan.trialDays) })}
      {/* Links that are heard without the card around them are told apart. */}
      <span class="hidden">: {plan.name}</span>
    </span>
  );
}

function renewalText(held: Held): string {
  const change = held.pendingChange;
  if (held.cancelAtPeriodEnd) return word('subscription', stateOf(held));
  if (change && !change.awaitingPayment)
    return t('plans.then', { date: date(change.takesEffectOn), plan: change.planName });
  if (!held.nextBillingDate) return word('subscription', held.status);
  return t('plans.renews', { date: date(held.nextBillingDate) });
}

/** "ALUNO" as people write it. */
function audienceText(userType: string): string {
  return userType.charAt(0) + userType.slice(1).toLowerCase().replaceAll('_', ' ');
}

/** Each product's prices; a plan that nobody has said to be the price of one is a product by itself. */
function pricesByProduct(plans: readonly Plan[]): Plan[][] {
  const products = new Map<string, Plan[]>();
  for (const plan of plans) {
    const id = plan.productId ?? plan.id;
    products.set(id, [...(products.get(id) ?? []), plan]);
  }
  return [...products.values()];
}

/** What a product costs in one cycle, in that money if it is sold for it. */
function offered(prices: readonly Plan[], cycle: string, currency: string | undefined): Plan | undefined {
  const fitting = prices.filter((plan) => plan.billingCycle === cycle);
  return fitting.find((plan) => plan.price.currency === currency) ?? fitting[0];
}

/** The currency of most prices: what a newcomer is shown. */
function commonCurrency(plans: readonly Plan[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { price } of plans) counts.set(price.currency, (counts.get(price.currency) ?? 0) + 1);
  return [...counts].sort(([, one], [, other]) => other - one)[0]?.[0];
}

function monthlyOf(plan: Plan, products: readonly Plan[][]): Plan | undefined {
  return products
    .find((prices) => prices.includes(plan))
    ?.find((one) => one.billingCycle === 'MONTHLY' && one.price.currency === plan.price.currency);
}

/** By price among those of one currency: numbers of two can't be compared. */
function byPrice(one: Plan, other: Plan): number {
  const currencies = one.price.currency.localeCompare(other.price.currency);
  return currencies || Number(one.monthlyPrice.amount) - Number(other.monthlyPrice.amount);
}
