/** Texts of the operators' pages about invoices in English; `words-pt.ts` says the same. */

import type { invoicesPt } from './words-pt';

export const invoicesEn: Record<keyof typeof invoicesPt, string> = {
  creditNotes: 'Credit notes',
  'creditNotes.to': 'Goes to',
  'creditTo.BALANCE': 'Customer balance',
  'creditTo.REFUND': 'Refund to the payer',
  'invoice.whyCanceled': 'Why it was canceled',
  'invoiceAct.code': 'Collect now',
  'invoiceAct.codeText':
    'A new code replaces the one before. The customer gets it by mail, if the mail rules send it; you can copy it here.',
  'invoiceAct.codeTitle': 'Collect {amount}',
  'invoiceAct.collect': 'Collect',
  'invoiceAct.creditNote': 'Credit note',
  'invoiceAct.creditNoteConfirm': 'Issue credit note',
  'invoiceAct.creditNoteHint': 'Leave empty to correct the whole invoice of {amount}.',
  'invoiceAct.creditNoteReason': 'Written on the note.',
  'invoiceAct.creditNoteText':
    'The paid invoice stays as it is; the note, with its own number, corrects the amount.',
  'invoiceAct.paid': 'Mark as paid',
  'invoiceAct.paidAmountHint': 'Empty: all that is due, {amount}.',
  'invoiceAct.paidHow': 'How it came',
  'invoiceAct.paidHowHint': 'Cash, or a transfer’s number. The customer sees it.',
  'invoiceAct.paidHowMissing': 'Say how the money came.',
  'invoiceAct.paidOn': 'The day it came',
  'invoiceAct.paidOnHint': 'Empty: today.',
  'invoiceAct.paidText':
    'For money that came another way. It counts as cash of that day, like any payment. There is no way back: a mistake is put right by a refund.',
  'invoiceAct.paidTitle': 'Mark invoice {number} as paid?',
  'invoiceAct.send': 'Send again by e-mail',
  'invoiceAct.sendText': '{email} gets the invoice again, with what is left to pay and how.',
  'invoiceAct.sendTitle': 'Send invoice {number} again?',
  'invoiceAct.sent': 'E-mail on its way to {email}.',
  'invoiceAct.void': 'Void invoice',
  'invoiceAct.voidText':
    'This invoice no longer has to be paid, and the credit it used goes back to the balance. This cannot be undone.',
  'invoiceAct.voidTitle': 'Void invoice {number}?',
  'invoiceAct.way.BOLETO': 'New boleto',
  'invoiceAct.way.OWN': 'The customer’s method',
  'invoiceAct.way.PIX': 'New Pix code',
  'invoiceAct.wayText.BOLETO': 'Needs name, CPF or CNPJ and address on file.',
  'invoiceAct.wayText.OWN': 'Tries the subscription’s payment method again.',
  'invoiceAct.wayText.PIX': 'For this invoice only.',
  'invoiceAct.writeOff': 'Write off',
  'invoiceAct.writeOffText':
    'The invoice is collected no more, and the amount counts as a loss. The credit that it used stays used. This cannot be undone.',
  'invoiceAct.writeOffTitle': 'Write invoice {number} off?',
  'invoices.DUE_DATE': 'Due date',
  'invoices.ISSUED_AT': 'Newest',
  'invoices.TOTAL': 'Largest',
  'invoices.adminLede': 'What was billed to each customer, and what is left to pay.',
  'invoices.numberHint': 'Beginning of the number',
  'voidReason.CHANGE_DROPPED': 'The change did not happen',
  'voidReason.NEVER_PAID': 'It was never paid',
  'voidReason.VOIDED': 'Voided by an operator',
  'voidReason.WRITTEN_OFF': 'Written off',
};
