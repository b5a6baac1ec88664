/** What a payment provider and an identity provider would host elsewhere: the sandbox's own routes. */

import { link, OWN_PAGE } from '../session';
import { type Failure, failureOfResponse, UNREACHABLE } from './failure';
import { expectOwnChange } from './live';

export type Outcome<Value> = { value: Value; failure: null } | { value: null; failure: Failure };

export type Card = {
  number: string;
  holderName: string;
  expirationMonth: number;
  expirationYear: number;
  cvv: string;
};

export type DemoPerson = {
  email: string;
  role: 'customer' | 'admin';
  status: string | null;
  plan: string | null;
};

/** Trades a card for a token at the provider; the card goes nowhere else. */
export function tokenized(card: Card): Promise<Outcome<{ token: string }>> {
  return send('/sandbox/tokens', { method: 'POST', body: JSON.stringify(card) });
}

/** Pays a pending PIX code or boleto, as the payer's bank would. */
export function settle(paymentId: string): Promise<Outcome<unknown>> {
  expectOwnChange();
  const payments = link ? '/api/invoice-link/payments' : '/sandbox/payments';
  return send(`${payments}/${paymentId}/settle`, { method: 'POST' });
}

/** Returns whom one may sign in as; refused where that is somebody else's business. */
export function demoPeople(): Promise<Outcome<{ people: DemoPerson[] }>> {
  return send('/sandbox/sessions', {});
}

export function sessionFor(email: string): Promise<Outcome<unknown>> {
  return send('/sandbox/sessions', { method: 'POST', body: JSON.stringify({ email }) });
}

async function send<Value>(path: string, request: RequestInit): Promise<Outcome<Value>> {
  const headers = { ...OWN_PAGE, ...(request.body ? { 'content-type': 'application/json' } : {}) };
  try {
    const response = await fetch(path, { ...request, headers, cache: 'no-store' });
    if (!response.ok) return { value: null, failure: await failureOfResponse(response) };
    return { value: await response.json(), failure: null };
  } catch {
    return { value: null, failure: UNREACHABLE };
  }
}
