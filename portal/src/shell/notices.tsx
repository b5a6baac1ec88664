/** News for a customer: what changed about their subscription while they were looking at something else. */

import { useEffect, useRef } from 'preact/hooks';
import { useAsk } from '../api/asking';
import { isOwnChange } from '../api/live';
import { graphql, type ResultOf } from '../graphql';
import { t } from '../i18n';
import { date, money } from '../i18n/format';
import { toast } from '../ui/toast';

const NEWS = graphql(`
  query News {
    mySubscription {
      id
      status
      cancelAtPeriodEnd
      pausesOn
      plan { name }
      payments(first: 1) { edges { node { id status amount { amount currency } } } }
    }
  }
`);

type Standing = NonNullable<ResultOf<typeof NEWS>['mySubscription']>;

export function Notices() {
  const { data } = useAsk(NEWS, {});
  const before = useRef<Standing | null>(null);
  const now = data?.mySubscription ?? null;
  useEffect(() => {
    if (before.current && now && before.current.id === now.id && !isOwnChange()) tell(before.current, now);
    before.current = now;
  }, [now]);
  return null;
}

function tell(before: Standing, now: Standing): void {
  const [paidBefore, paid] = [before, now].map((one) => one.payments.edges[0]?.node);
  if (paid && (paid.id !== paidBefore?.id || paid.status !== paidBefore.status)) {
    const amount = money(paid.amount);
    if (paid.status === 'COMPLETED') toast(t('news.paid', { amount }), { icon: 'check', tone: 'good' });
    if (paid.status === 'FAILED') toast(t('news.failed', { amount }), { icon: 'cross', tone: 'bad' });
    if (paid.status === 'REFUNDED') toast(t('news.refunded', { amount }), { icon: 'undo', tone: 'note' });
  }
  if (now.plan.name !== before.plan.name) toast(t('news.plan', { plan: now.plan.name }), { icon: 'cycle' });
  if (now.cancelAtPeriodEnd && !before.cancelAtPeriodEnd) toast(t('news.cancelling'));
  if (now.pausesOn && !before.pausesOn) {
    toast(t('news.pausing', { date: date(now.pausesOn) }), { icon: 'pause' });
  }
  if (now.status !== before.status && now.status === 'CANCELLED') toast(t('news.cancelled'));
  if (now.status !== before.status && now.status === 'PAUSED') toast(t('news.paused'), { icon: 'pause' });
}
