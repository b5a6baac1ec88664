/** What a subscription needs its owner to know first: unpaid, ending, paused, changing, ended. */

import { useAct } from '../api/acting';
import { type FragmentOf, graphql } from '../graphql';
import { t } from '../i18n';
import { date, money } from '../i18n/format';
import { Button, ButtonLink } from '../ui/button';
import { Notice } from '../ui/page';
import { FormProblem } from '../ui/problem';
import { RESUME, UNCANCEL } from './leaving';

export const HELD = graphql(`
  fragment Held on BillingSubscription @_unmask {
    id
    status
    price { amount currency }
    currentPeriod { start end }
    nextBillingDate
    trialEndsOn
    paymentMethod { kind brand lastFour }
    pendingChange { planId planName takesEffectOn price { amount currency } awaitingPayment invoice { id } }
    cancelAtPeriodEnd
    endReason
    pausesOn
    pausedOn
    resumeOn
    withdrawableUntil
    endedAt
    plan { id name billingCycle features limits { name value unlimited } }
    customer { id creditBalances { amount currency } }
    invoices(first: 3) { edges { node { id status dueDate amountDue { amount currency } } } }
  }
`);

export type Held = FragmentOf<typeof HELD>;

const KEEP_PLAN = graphql(`
  mutation KeepPlan($input: ChangePlanInput!) {
    changePlan(input: $input) {
      subscription { id }
      userErrors { code message field }
    }
  }
`);

export function SubscriptionNotices({ held }: { held: Held }) {
  return (
    <>
      {held.status !== 'CANCELLED' && <Unpaid held={held} />}
      {held.status !== 'CANCELLED' && held.cancelAtPeriodEnd && <Ending held={held} />}
      {(held.status === 'PAUSED' || held.pausesOn) && <Paused held={held} />}
      {held.status !== 'CANCELLED' && held.pendingChange && (
        <Changing held={held} change={held.pendingChange} />
      )}
      {held.status === 'CANCELLED' && (
        <>
          <Notice tone="info" title={t(`ended.${held.endReason ?? 'REQUESTED'}`)} text={t('ended.text')}>
            <ButtonLink to="/planos" look="primary">
              {t('subscription.choose')}
            </ButtonLink>
          </Notice>
          <Unpaid held={held} />
        </>
      )}
    </>
  );
}

const UNPAID_TEXTS: { [status in Held['status']]?: Parameters<typeof t>[0] } = {
  PAST_DUE: 'unpaid.lateText',
  SUSPENDED: 'unpaid.suspended',
  PENDING: 'unpaid.pendingText',
  CANCELLED: 'unpaid.overText',
};

/** Until it was paid once there is no access: neither at first nor after a trial. */
function unpaidTitle({ status, trialEndsOn }: Held, amount: string): string {
  if (status === 'PAST_DUE' || status === 'SUSPENDED') return t('unpaid.late', { amount });
  if (status !== 'PENDING') return t('unpaid.open', { amount });
  return trialEndsOn ? t('unpaid.afterTrial', { date: date(trialEndsOn) }) : t('unpaid.pending');
}

function Unpaid({ held }: { held: Held }) {
  const open = held.invoices.edges
    .map((edge) => edge.node)
    .filter((one) => one.id !== held.pendingChange?.invoice?.id)
    .find((one) => one.status === 'OVERDUE' || one.status === 'PENDING');
  if (!open) return null;
  const isOver = held.status === 'CANCELLED';
  const amount = money(open.amountDue);
  return (
    <Notice
      tone={held.status === 'SUSPENDED' ? 'danger' : 'warn'}
      title={unpaidTitle(held, amount)}
      text={t(UNPAID_TEXTS[held.status] ?? 'unpaid.openText', { amount, date: date(open.dueDate) })}
    >
      <ButtonLink to={`/pagar/${open.id}`} look={isOver ? 'ghost' : 'primary'}>
        {t('unpaid.pay')}
      </ButtonLink>
    </Notice>
  );
}

function Ending({ held }: { held: Held }) {
  const { act, isBusy, problem } = useAct(UNCANCEL);
  const undo = () => act({ subscriptionId: held.id });
  return (
    <Notice tone="warn" title={t('ending', { date: date(held.currentPeriod.end) })} text={t('ending.text')}>
      <Button look="primary" isBusy={isBusy} onClick={undo}>
        {t('ending.undo')}
      </Button>
      <FormProblem problem={problem} />
    </Notice>
  );
}

function Paused({ held }: { held: Held }) {
  const { act, isBusy, problem } = useAct(RESUME);
  const resume = () => act({ subscriptionId: held.id });
  const { pausedOn, pausesOn, resumeOn } = held;
  const since = pausedOn ?? pausesOn;
  return (
    <Notice
      tone="info"
      title={t(pausedOn ? 'paused' : 'pausing', { date: since ? date(since) : '' })}
      text={resumeOn ? t('paused.until', { date: date(resumeOn) }) : t('paused.text')}
    >
      <Button look="primary" isBusy={isBusy} onClick={resume}>
        {t(pausedOn ? 'paused.resume' : 'pausing.undo')}
      </Button>
      <FormProblem problem={problem} />
    </Notice>
  );
}

type ChangingProps = { held: Held; change: NonNullable<Held['pendingChange']> };

function Changing({ held, change }: ChangingProps) {
  const { act, isBusy, problem } = useAct(KEEP_PLAN);
  const keep = () => act({ subscriptionId: held.id, planId: held.plan.id });
  const names = { plan: held.plan.name, next: change.planName, amount: money(change.price) };
  return (
    <Notice
      tone={change.awaitingPayment ? 'warn' : 'info'}
      title={
        change.awaitingPayment
          ? t('changing.awaits', { plan: change.planName })
          : t('changing', { plan: change.planName, date: date(change.takesEffectOn) })
      }
      text={t(change.awaitingPayment ? 'changing.awaitsText' : 'changing.text', names)}
    >
      {change.invoice && (
        <ButtonLink to={`/pagar/${change.invoice.id}`} look="primary">
          {t('unpaid.pay')}
        </ButtonLink>
      )}
      <Button isBusy={isBusy} onClick={keep}>
        {t('changing.keep', { plan: held.plan.name })}
      </Button>
      <FormProblem problem={problem} />
    </Notice>
  );
}
