/** English: the same words as in `refusals-pt.ts`. */

import type { operatorRefusalsPt } from './refusals-pt';

export const operatorRefusalsEn: Record<keyof typeof operatorRefusalsPt, string> = {
  'refusal.API_KEY_NOT_FOUND': 'There is no such key.',
  'refusal.APPROVAL_NOT_FOUND': 'There is no such request for approval.',
  'refusal.CREDIT_EXCEEDS_INVOICE': 'This is more than what is left of this invoice.',
  'refusal.CREDIT_NOTE_NOT_FOUND': 'There is no such credit note.',
  'refusal.DISCOUNT_NOT_FOUND': 'The subscription has no such discount.',
  'refusal.INVOICE_ITEM_NOT_FOUND': 'This item is no longer waiting to be billed.',
  'refusal.OVERDUE_WORK_FAILED': 'Something that was due could not be done. See the failures first.',
  'refusal.PAYOUT_EXCEEDS_BALANCE': 'This is more than the customer’s balance.',
  'refusal.PAYOUT_EXCEEDS_PAYMENTS': 'This is more than the customer’s payments can give back.',
  'refusal.RELEASE_EXCEEDS_USAGE': 'This is more than what is in use.',
  'refusal.RESERVATION_NOT_FOUND': 'This reservation is over.',
};
