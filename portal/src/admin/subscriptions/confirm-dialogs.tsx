/** Acts that go as they are, once they are confirmed. */

import { graphql } from '../../graphql';
import { t } from '../../i18n';
import { date } from '../../i18n/format';
import { RESUME, UNCANCEL } from '../../screens/leaving';
import { CHANGE } from '../../screens/plan-change';
import { ConfirmDialog } from '../confirm-dialog';
import type { Held, HeldProps } from './held';

const END_TRIAL = graphql(`
  mutation EndTrial($input: EndTrialInput!) {
    endTrial(input: $input) { subscription { id status } userErrors { code message field } }
  }
`);
const REMOVE_DISCOUNT = graphql(`
  mutation RemoveDiscount($input: RemoveDiscountInput!) {
    removeDiscount(input: $input) { subscription { id } userErrors { code message field } }
  }
`);

export function UncancelDialog({ held, onClose }: HeldProps) {
  return (
    <ConfirmDialog
      document={UNCANCEL}
      input={{ subscriptionId: held.id }}
      title={t('ending.undo')}
      text={t('desk.uncancelText')}
      confirm={t('ending.undo')}
      onClose={onClose}
    />
  );
}

export function ResumeDialog({ held, onClose }: HeldProps) {
  const isPaused = held.status === 'PAUSED';
  const name = t(isPaused ? 'paused.resume' : 'pausing.undo');
  return (
    <ConfirmDialog
      document={RESUME}
      input={{ subscriptionId: held.id }}
      title={name}
      text={t(isPaused ? 'desk.resumeText' : 'desk.unpauseText')}
      confirm={name}
      onClose={onClose}
    />
  );
}

export function EndTrialDialog({ held, onClose }: HeldProps) {
  return (
    <ConfirmDialog
      document={END_TRIAL}
      input={{ subscriptionId: held.id }}
      title={t('desk.endTrial')}
      text={t('desk.endTrialText')}
      confirm={t('desk.endTrial')}
      onClose={onClose}
    />
  );
}

/** Asking for the plan that they have drops the change to another one. */
export function KeepPlanDialog({ held, onClose }: HeldProps) {
  const change = held.pendingChange;
  return (
    <ConfirmDialog
      document={CHANGE}
      input={{ subscriptionId: held.id, planId: held.plan.id, quantity: held.quantity }}
      title={t('desk.keepPlan')}
      text={t('desk.keepPlanText', {
        plan: change?.planName ?? '',
        date: change ? date(change.takesEffectOn) : '',
      })}
      confirm={t('desk.keepPlan')}
      onClose={onClose}
    />
  );
}

type RemoveDiscountProps = HeldProps & { discount: Held['discounts'][number] };

export function RemoveDiscountDialog({ held, discount, onClose }: RemoveDiscountProps) {
  return (
    <ConfirmDialog
      document={REMOVE_DISCOUNT}
      input={{ subscriptionId: held.id, discountId: discount.id }}
      title={t('desk.removeDiscountTitle', { code: discount.code })}
      text={t('desk.removeDiscountText')}
      confirm={t('desk.removeDiscount')}
      look="danger"
      onClose={onClose}
    />
  );
}
