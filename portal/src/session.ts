/** Who is signed in: a token that this tab keeps until it is closed, and that no address ever shows. */

import { computed, signal } from '@preact/signals';

const KEPT_AS = 'ciclo.token';
const LINK = /^#token=([\w-]+\.[\w-]+\.[\w-]+)$/;
const TIMEOUT_MS_MAX = 2_147_483_647;

export type Person = { email: string; isOperator: boolean; expiresAtMs: number };

export const token = signal(sessionStorage.getItem(KEPT_AS));
export const person = computed(() => (token.value ? personOf(token.value) : null));
/** Set when a session ended by itself, for the sign-in page to say so. */
export const hasExpired = signal(false);

let expiry = 0;

export function signIn(given: string): void {
  const next = personOf(given);
  if (!next) return;
  sessionStorage.setItem(KEPT_AS, given);
  hasExpired.value = false;
  token.value = given;
  watchExpiry();
}

export function signOut({ expired = false } = {}): void {
  sessionStorage.removeItem(KEPT_AS);
  clearTimeout(expiry);
  hasExpired.value = expired;
  token.value = null;
}

export function authorization(): Record<string, string> {
  return token.value ? { authorization: `Bearer ${token.value}` } : {};
}

/** Takes the token that a printed link carries out of the address bar, before anything else runs. */
export function takeTokenFromAddress(): void {
  const found = LINK.exec(location.hash)?.[1];
  if (location.hash.startsWith('#token=')) {
    history.replaceState(null, '', location.pathname + location.search);
  }
  if (found) signIn(found);
  else watchExpiry();
}

function watchExpiry(): void {
  clearTimeout(expiry);
  if (!token.value) return;
  const left = (person.value?.expiresAtMs ?? 0) - Date.now();
  if (left <= 0) signOut({ expired: true });
  else expiry = window.setTimeout(watchExpiry, Math.min(left, TIMEOUT_MS_MAX));
}

/** Reads what a token says. The server checks it; here it only decides what is shown. */
function personOf(given: string): Person | null {
  try {
    const part = (given.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const bytes = Uint8Array.from(atob(part), (character) => character.charCodeAt(0));
    const claims = JSON.parse(new TextDecoder().decode(bytes));
    return {
      email: String(claims.email || claims.sub),
      isOperator: claims.role === 'admin' || (!claims.role && Array.isArray(claims.roles)),
      expiresAtMs: Number(claims.exp) * 1_000,
    };
  } catch {
    return null;
  }
}
