/** Texts about what is billed beside the plan in English; `words-pt.ts` says the same. */

import type { itemsPt } from './words-pt';

export const itemsEn: Record<keyof typeof itemsPt, string> = {
  items: 'Beside the plan',
  'items.add': 'Add an item',
  'items.addText': 'It is on the next invoice of the plan, whole, with the discounts of the subscription.',
  'items.another': 'One more item',
  'items.daysToPay': 'Days to pay',
  'items.daysToPayHint': 'Empty: those of the subscription’s calendar.',
  'items.description': 'Description',
  'items.descriptionMissing': 'Say what is billed.',
  'items.due': 'Due on',
  'items.empty': 'Nothing waits for the next invoice',
  'items.emptyText': 'Items that are added show here until they are billed.',
  'items.issue': 'Issue the invoice',
  'items.issueText':
    'The invoice is issued now and collected like the others of the subscription. Unpaid, it changes nothing of the plan.',
  'items.new': 'New one-off invoice',
  'items.numberWrong': 'Enter a whole number such as 3.',
  'items.number': 'Item {number}',
  'items.penalty': 'Penalty',
  'items.penaltyCheck': 'It is a penalty',
  'items.price': 'Unit price',
  'items.quantity': 'Quantity',
  'items.remove': 'Remove',
  'items.removeLabel': 'Remove {description}',
  'items.see': 'See the invoice',
  'items.seeAgain': 'Back to the items',
  'items.subtotal': 'Subtotal',
  'items.taxCategory': 'Tax category (optional)',
  'items.taxes': 'Taxes',
};
