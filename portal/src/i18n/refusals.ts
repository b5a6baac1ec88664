/** What a refusal means to the person who met it; codes are stable, the server's own text is for developers. */

import { type Key, t, word } from './index';

/** Returns the text for a code, or null if this page does not know it. */
export function refusalText(code: string): string | null {
  return known('refusal', code);
}

/** Returns what is wrong with a field that the server does not accept, by the field's name in the API. */
export function invalidText(field: string): string | null {
  return known('invalid', field);
}

type Decline = { as: string; advice: Key };

const BANK: Decline = { as: 'generic_decline', advice: 'advice.bank' };
const UNSUPPORTED: Decline = { as: 'not_supported', advice: 'advice.card' };
const LATER: Decline = { as: 'processing_error', advice: 'advice.later' };
const CODE: Decline = { as: 'incorrect_cvc', advice: 'advice.code' };
const NUMBER: Decline = { as: 'incorrect_number', advice: 'advice.number' };
const EXPIRED: Decline = { as: 'expired_card', advice: 'advice.card' };
const LIMIT: Decline = { as: 'limit_reached', advice: 'advice.card' };

/** Providers have dozens of codes; a payer is told few reasons, and for each what helps. */
const DECLINES: Record<string, Decline> = {
  authentication_required: { as: 'authentication_required', advice: 'advice.confirm' },
  call_issuer: BANK,
  card_not_supported: UNSUPPORTED,
  card_velocity_exceeded: LIMIT,
  currency_not_supported: UNSUPPORTED,
  do_not_honor: BANK,
  expired: { as: 'expired', advice: 'advice.card' },
  expired_card: EXPIRED,
  fraudulent: BANK,
  generic_decline: BANK,
  incorrect_cvc: CODE,
  incorrect_number: NUMBER,
  insufficient_funds: { as: 'insufficient_funds', advice: 'advice.card' },
  invalid_cvc: CODE,
  invalid_expiry_month: EXPIRED,
  invalid_expiry_year: EXPIRED,
  invalid_number: NUMBER,
  issuer_not_available: LATER,
  lost_card: { as: 'lost_card', advice: 'advice.card' },
  not_permitted: UNSUPPORTED,
  payment_intent_authentication_failure: {
    as: 'payment_intent_authentication_failure',
    advice: 'advice.confirm',
  },
  processing_error: LATER,
  reenter_transaction: LATER,
  restricted_card: UNSUPPORTED,
  service_not_allowed: UNSUPPORTED,
  setup_intent_authentication_failure: {
    as: 'setup_intent_authentication_failure',
    advice: 'advice.confirm',
  },
  stolen_card: { as: 'stolen_card', advice: 'advice.card' },
  test_mode_live_card: { as: 'test_mode_live_card', advice: 'advice.test' },
  transaction_not_allowed: UNSUPPORTED,
  try_again_later: LATER,
  withdrawal_count_limit_exceeded: LIMIT,
};

/** Returns why a provider declined a payment. */
export function declineText(code: string): string {
  return known('decline', DECLINES[code]?.as ?? code) ?? t('decline.other', { code });
}

/** Returns what the payer can do about it. */
export function declineAdvice(code: string): string {
  return t(DECLINES[code]?.advice ?? 'advice.bank');
}

function known(kind: string, name: string): string | null {
  const text = word(kind, name);
  return text === name ? null : text;
}
