/** Changing the plan: what it costs, line by line, before anything is confirmed. */

import { useState } from 'preact/hooks';
import { useAct } from '../api/acting';
import { useAsk } from '../api/asking';
import { graphql } from '../graphql';
import { t } from '../i18n';
import { planText, priceText } from '../i18n/billing';
import { date, money } from '../i18n/format';
import { navigate, Redirect } from '../router';
import { Button, ButtonLink } from '../ui/button';
import { Segments } from '../ui/choice';
import { Facts } from '../ui/facts';
import { NotFound } from '../ui/not-found';
import { Page } from '../ui/page';
import { Pending } from '../ui/pending';
import { FormProblem } from '../ui/problem';
import { Failed, Skeleton } from '../ui/states';
import { InvoiceLines } from './invoice-lines';
import { CHANGE, PREVIEW, type Timing } from './plan-change';

const CHANGE_FROM = graphql(`
  query ChangeFrom($plan: ID!) {
    mySubscription { id status plan { id name billingCycle price { amount currency } } }
    plan(id: $plan) { id name billingCycle price { amount currency } }
  }
`);

export function ChangePlanScreen({ planId }: { planId: string }) {
  const answer = useAsk(CHANGE_FROM, { plan: planId });
  const { data } = answer;
  if (!data) return <Pending answer={answer} title={t('change')} failed={t('plans.failed')} />;
  const { mySubscription: mine, plan } = data;
  if (!plan) return <NotFound home="/planos" />;
  if (!mine) return <Redirect to={`/checkout/${planId}`} />;
  return (
    <Page
      title={t('change.title', { plan: plan.name })}
      lede={t('change.lede', { from: planText(mine.plan), to: planText(plan) })}
    >
      <Change subscriptionId={mine.id} isTrial={mine.status === 'TRIALING'} plan={plan} />
    </Page>
  );
}

type ChangeProps = {
  subscriptionId: string;
  isTrial: boolean;
  plan: { id: string; name: string; billingCycle: string; price: { amount: string; currency: string } };
};

function Change({ subscriptionId, isTrial, plan }: ChangeProps) {
  const [timing, setTiming] = useState<Timing | null>(null);
  const { act, isBusy, problem } = useAct(CHANGE, { once: true });
  const choice = { subscriptionId, planId: plan.id, timing };
  // Once the change is made there is nothing left to preview.
  const [isDone, setDone] = useState(false);
  const { data, failure, isStale, retry } = useAsk(PREVIEW, { input: choice }, { pause: isDone || isBusy });
  if (!data) {
    if (failure) return <Failed what={t('change.failed')} failure={failure} onRetry={retry} />;
    return <Skeleton rows={4} />;
  }
  const preview = data.previewPlanChange;
  const isDueNow = Number(preview.totalDueNow.amount) > 0;
  const isLater = timing ? timing === 'PERIOD_END' : !isTrial && !preview.lines.length;
  // What would give money back waits for the period's end: only the seller does that at once.
  const canBeNow = !isTrial && !(timing === null && isLater);
  const confirm = async () => {
    const done = await act(choice);
    if (!done) return;
    setDone(true);
    const invoice = done.subscription?.invoices.edges[0]?.node;
    navigate(isDueNow && invoice ? `/pagar/${invoice.id}` : '/assinatura', { replace: true });
  };
  return (
    <div class={`columns${isStale ? ' is-stale' : ''}`}>
      <section class="card stack" aria-label={t('change.today')}>
        <h2 class="card-title">{isLater ? t('change.later') : t('change.today')}</h2>
        {preview.lines.length ? (
          <InvoiceLines
            lines={preview.lines}
            creditApplied={preview.creditApplied}
            total={[t('change.dueNow'), preview.totalDueNow]}
          />
        ) : (
          <p class="muted">
            {t(isTrial ? 'change.freeInTrial' : 'change.nothingNow', { date: date(preview.takesEffectOn) })}
          </p>
        )}
      </section>
      <div class="stack">
        {canBeNow && (
          <Segments
            legend={t('change.when')}
            showsLegend
            value={isLater ? 'PERIOD_END' : 'IMMEDIATE'}
            onValue={setTiming}
            options={[
              { value: 'IMMEDIATE', label: t('change.now') },
              { value: 'PERIOD_END', label: t('change.atPeriodEnd') },
            ]}
          />
        )}
        <Facts
          facts={[
            [t('change.takesEffect'), date(preview.takesEffectOn)],
            [t('change.newPrice'), priceText(plan.price, plan.billingCycle)],
            [
              t('change.next'),
              preview.nextBillingDate &&
                t('amountOn', { amount: money(preview.nextAmount), date: date(preview.nextBillingDate) }),
            ],
          ]}
        />
        <FormProblem problem={problem} />
        <div class="actions">
          <Button look="primary" isWide isBusy={isBusy} onClick={confirm}>
            {isDueNow
              ? t('change.pay', { amount: money(preview.totalDueNow) })
              : isLater
                ? t('change.schedule')
                : t('change.confirm')}
          </Button>
          <ButtonLink to="/planos" look="link">
            {t('change.back')}
          </ButtonLink>
        </div>
      </div>
    </div>
  );
}
