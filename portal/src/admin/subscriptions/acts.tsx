/** What an operator can do about a subscription as it stands, each in a dialog that says what follows. */

import { useState } from 'preact/hooks';
import { t } from '../../i18n';
import { canChangePlan } from '../../i18n/billing';
import { Button } from '../../ui/button';
import { CreditDialog } from '../customers/credit-dialog';
import { PortalLinkDialog } from '../customers/portal-link';
import { type Permission, useMay } from '../permissions';
import { CancelDialog } from './cancel-dialog';
import { ChangeDialog } from './change-dialog';
import { EndTrialDialog, KeepPlanDialog, ResumeDialog, UncancelDialog } from './confirm-dialogs';
import type { Held, HeldProps } from './held';
import { PauseDialog } from './pause-dialogs';
import { ExtendTrialDialog } from './trial-dialog';
import { WithdrawDialog } from './withdraw-dialog';

type Act = {
  name: string;
  needs: Permission;
  isPossible: boolean;
  Dialog: (props: HeldProps) => preact.JSX.Element | null;
};

export function Acts({ on: held }: { on: Held }) {
  const may = useMay();
  const [opened, setOpened] = useState<string | null>(null);
  const acts = actsOn(held).filter(({ needs }) => may(needs));
  // It stays open when what was asked for is not possible any more: the answer says so.
  const Shown = acts.find(({ name }) => name === opened)?.Dialog;
  const possible = acts.filter(({ isPossible }) => isPossible);
  if (!possible.length) return null;
  return (
    <>
      <div class="actions before-list">
        {possible.map(({ name }) => (
          <Button key={name} isSmall onClick={() => setOpened(name)}>
            {name}
          </Button>
        ))}
      </div>
      {Shown && <Shown held={held} onClose={() => setOpened(null)} />}
    </>
  );
}

function actsOn(held: Held): Act[] {
  const { status } = held;
  const isOver = status === 'CANCELLED';
  const isPausing = Boolean(held.pausesOn) || held.pauseAtPeriodEnd;
  const isPaused = status === 'PAUSED' || isPausing;
  const needs = 'SUBSCRIPTIONS_WRITE';
  return [
    { name: t('desk.change'), needs, isPossible: canChangePlan(held), Dialog: ChangeDialog },
    { name: t('desk.keepPlan'), needs, isPossible: !isOver && !!held.pendingChange, Dialog: KeepPlanDialog },
    {
      name: t('pause'),
      needs,
      isPossible: status === 'ACTIVE' && !held.cancelAtPeriodEnd && !isPausing,
      Dialog: PauseDialog,
    },
    {
      name: t(isPausing ? 'pausing.undo' : 'paused.resume'),
      needs,
      isPossible: isPaused && !isOver,
      Dialog: ResumeDialog,
    },
    { name: t('desk.extendTrial'), needs, isPossible: status === 'TRIALING', Dialog: ExtendTrialDialog },
    { name: t('desk.endTrial'), needs, isPossible: status === 'TRIALING', Dialog: EndTrialDialog },
    { name: t('credit.grant'), needs: 'INVOICES_WRITE', isPossible: true, Dialog: Credit },
    { name: t('portalLink'), needs: 'PORTAL_SESSIONS_WRITE', isPossible: true, Dialog: PortalLink },
    {
      name: t('ending.undo'),
      needs,
      isPossible: !isOver && held.cancelAtPeriodEnd,
      Dialog: UncancelDialog,
    },
    { name: t('desk.withdraw'), needs, isPossible: !!held.withdrawableUntil, Dialog: WithdrawDialog },
    { name: t('cancel'), needs, isPossible: !isOver, Dialog: CancelDialog },
  ];
}

function Credit({ held, onClose }: HeldProps) {
  return <CreditDialog customerId={held.customer.id} currency={held.price.currency} onClose={onClose} />;
}

function PortalLink({ held, onClose }: HeldProps) {
  return <PortalLinkDialog customerId={held.customer.id} onClose={onClose} />;
}
