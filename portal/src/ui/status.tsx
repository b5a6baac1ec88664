/** States of things: an icon and a word, never colour alone. */

import { word } from '../i18n';
import { Icon, type IconName } from './icon';

type Tone = 'good' | 'bad' | 'waiting' | 'note' | 'quiet';
type Look = { icon: IconName; tone: Tone };

const QUIET: Look = { icon: 'clock', tone: 'quiet' };

const LOOKS: Record<string, Record<string, Look>> = {
  payment: {
    COMPLETED: { icon: 'check', tone: 'good' },
    FAILED: { icon: 'cross', tone: 'bad' },
    PENDING: { icon: 'clock', tone: 'waiting' },
    REFUNDED: { icon: 'undo', tone: 'note' },
  },
  invoice: {
    PAID: { icon: 'check', tone: 'good' },
    PENDING: { icon: 'clock', tone: 'waiting' },
    OVERDUE: { icon: 'alert', tone: 'bad' },
    CANCELED: { icon: 'cross', tone: 'quiet' },
  },
  subscription: {
    ACTIVE: { icon: 'check', tone: 'good' },
    TRIALING: { icon: 'check', tone: 'good' },
    ENDING: { icon: 'clock', tone: 'note' },
    PENDING: { icon: 'clock', tone: 'waiting' },
    PAST_DUE: { icon: 'alert', tone: 'waiting' },
    SUSPENDED: { icon: 'cross', tone: 'bad' },
    PAUSED: { icon: 'pause', tone: 'note' },
    CANCELLED: { icon: 'cross', tone: 'quiet' },
  },
  event: {
    APPLIED: { icon: 'check', tone: 'good' },
    WAITING: { icon: 'clock', tone: 'waiting' },
    REVIEW: { icon: 'alert', tone: 'waiting' },
    DEAD: { icon: 'cross', tone: 'bad' },
  },
  apiKey: {
    VALID: { icon: 'check', tone: 'good' },
    EXPIRED: { icon: 'clock', tone: 'quiet' },
    REVOKED: { icon: 'cross', tone: 'quiet' },
  },
  member: {
    ACTIVE: { icon: 'check', tone: 'good' },
    INVITED: { icon: 'clock', tone: 'waiting' },
  },
  mailRule: {
    OFF: { icon: 'cross', tone: 'quiet' },
    ON: { icon: 'check', tone: 'good' },
  },
  mailState: {
    BOUNCED: { icon: 'cross', tone: 'bad' },
    FAILED: { icon: 'cross', tone: 'bad' },
    SENT: { icon: 'check', tone: 'good' },
    VOID: { icon: 'cross', tone: 'quiet' },
    WAITING: { icon: 'clock', tone: 'waiting' },
  },
  approval: {
    WAITING: { icon: 'clock', tone: 'waiting' },
    APPROVED: { icon: 'check', tone: 'good' },
    REJECTED: { icon: 'cross', tone: 'bad' },
    EXPIRED: { icon: 'clock', tone: 'quiet' },
  },
  webhook: {
    SUCCEEDED: { icon: 'check', tone: 'good' },
    PENDING: { icon: 'clock', tone: 'waiting' },
    FAILED: { icon: 'cross', tone: 'bad' },
  },
  feature: {
    OPEN: { icon: 'check', tone: 'good' },
    ARCHIVED: { icon: 'cross', tone: 'quiet' },
  },
  product: {
    ON_OFFER: { icon: 'check', tone: 'good' },
    ARCHIVED: { icon: 'cross', tone: 'quiet' },
  },
  coupon: {
    OPEN: { icon: 'check', tone: 'good' },
    EXHAUSTED: { icon: 'clock', tone: 'quiet' },
    ARCHIVED: { icon: 'cross', tone: 'quiet' },
  },
  checkoutLink: {
    OPEN: { icon: 'check', tone: 'good' },
    EXPIRED: { icon: 'clock', tone: 'quiet' },
    USED_UP: { icon: 'clock', tone: 'quiet' },
    REVOKED: { icon: 'cross', tone: 'quiet' },
  },
  plan: {
    ON_OFFER: { icon: 'check', tone: 'good' },
    ARCHIVED: { icon: 'cross', tone: 'quiet' },
  },
};

type StatusProps = {
  of:
    | 'payment'
    | 'invoice'
    | 'subscription'
    | 'event'
    | 'plan'
    | 'coupon'
    | 'checkoutLink'
    | 'feature'
    | 'product'
    | 'apiKey'
    | 'mailRule'
    | 'mailState'
    | 'member'
    | 'approval'
    | 'webhook';
  value: string;
};

export function Status({ of, value }: StatusProps) {
  const { icon, tone } = LOOKS[of]?.[value] ?? QUIET;
  return (
    <span class={`status tone-${tone}`}>
      <Icon name={icon} />
      <span>{word(of, value)}</span>
    </span>
  );
}
