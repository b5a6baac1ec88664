/** Signing in: by the code of a link, by a link that is mailed, by the seller's identity provider. */

import { OWN_PAGE } from '../session';
import { type Failure, failureOfResponse, UNREACHABLE } from './failure';

const SESSION = '/api/session';

/** Signs in by a code, which is good once; returns what went wrong, if anything did. */
export function redeemCode(code: string): Promise<Failure | null> {
  return post(SESSION, { code });
}

/** Has a link mailed to *email*, if somebody known has that address. */
export function askForLink(email: string): Promise<Failure | null> {
  return post(`${SESSION}/links`, { email });
}

/** Returns the address that leads to the identity provider, and from there back to *path*. */
export function providerAddress(path: string): string {
  return `${SESSION}/provider?to=${encodeURIComponent(path)}`;
}

async function post(path: string, body: object): Promise<Failure | null> {
  try {
    const response = await fetch(path, {
      method: 'POST',
      headers: { ...OWN_PAGE, 'content-type': 'application/json' },
      body: JSON.stringify(body),
      cache: 'no-store',
    });
    return response.ok ? null : await failureOfResponse(response);
  } catch {
    return UNREACHABLE;
  }
}
