/** Who is signed in: a session that the server keeps, behind a cookie that no script reads; all tabs share it. */

import { signal } from '@preact/signals';

const SESSION = '/api/session';
const CODE = /^#codigo=([\w-]{20,200})$/;
const TABS = new BroadcastChannel('ciclo.session');

const LINKED = /^\/([ic])\/([\w-]{1,100})\/?$/.exec(location.pathname);
/** What the address opens without signing in: the token of a link; empty at all others. */
export const link = LINKED?.[2] ?? '';
/** Whether that is a checkout, and not an invoice. */
export const isCheckout = LINKED?.[1] === 'c';
/** Every request that a cookie speaks for says by this that a page of ours sends it. A link speaks for itself. */
export const OWN_PAGE = { 'x-ciclo-request': '1', ...(link && { 'x-ciclo-link': link }) };

export type Person = {
  email: string;
  isOperator: boolean;
  /** Where the seller's own pages are, if they led here. */
  returnUrl: string | null;
  endsAt: string;
};

/** The ways in that are set up. */
export type Ways = { demo: boolean; link: boolean; provider: string | null };

/** Undefined until the server has said. */
export const person = signal<Person | null | undefined>(undefined);
export const ways = signal<Ways | null>(null);
/** Set when a session ended by itself, for the sign-in page to say so. */
export const hasExpired = signal(false);

/** Asks the server who is signed in; returns whether it answered. */
export async function learnPerson(): Promise<boolean> {
  try {
    const response = await fetch(SESSION, { headers: OWN_PAGE, cache: 'no-store' });
    if (!response.ok) return false;
    const told = await response.json();
    ways.value = told.ways;
    // The same person again is no news: what is shown stays.
    if (JSON.stringify(told.person) !== JSON.stringify(person.value)) person.value = told.person;
    if (told.person) hasExpired.value = false;
    return true;
  } catch {
    return false;
  }
}

/** Takes up a session that was just begun, and tells the other tabs. */
export async function takeUp(): Promise<void> {
  await learnPerson();
  TABS.postMessage('changed');
}

/** Ends the session, of this browser or of all; returns whether the server heard of it. */
export async function signOut({ everywhere = false } = {}): Promise<boolean> {
  const query = everywhere ? '?everywhere=true' : '';
  let leadTo: string | null = null;
  try {
    const response = await fetch(SESSION + query, { method: 'DELETE', headers: OWN_PAGE, cache: 'no-store' });
    if (!response.ok) return false;
    // Who came by the seller's identity provider is signed out there, too.
    if (response.status === 200) leadTo = (await response.json()).leadTo;
  } catch {
    return false;
  }
  hasExpired.value = false;
  person.value = null;
  TABS.postMessage('changed');
  if (leadTo) location.assign(leadTo);
  return true;
}

/** Notes that the server knows nobody any more. */
export function expire(): void {
  if (!person.value) return;
  hasExpired.value = true;
  person.value = null;
}

/** Returns the code that a link carries, out of the address bar; null without one. */
export function takeCodeFromAddress(): string | null {
  if (!location.hash.startsWith('#codigo=')) return null;
  const found = CODE.exec(location.hash)?.[1] ?? '';
  history.replaceState(null, '', location.pathname + location.search);
  return found;
}

TABS.onmessage = () => void learnPerson();
