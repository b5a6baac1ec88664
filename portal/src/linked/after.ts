/** Where the seller wants people to be led once they have paid: kept in this tab, on the way to the bank too. */

import { useEffect } from 'preact/hooks';

const KEY = 'ciclo.after';
const LED_AFTER_MS = 4_000;

type After = { path: string; url: string };

/** Notes where to go once what is at *path* is paid. */
export function keepAfter(path: string, url: string): void {
  sessionStorage.setItem(KEY, JSON.stringify({ path, url } satisfies After));
}

/** Returns where the page that is open leads in the end; null: nowhere. */
export function afterThis(): string | null {
  const kept: After | null = JSON.parse(sessionStorage.getItem(KEY) ?? 'null');
  return kept?.path === location.pathname ? kept.url : null;
}

/** Goes to *url* after a moment, in which people see that all is well. */
export function useLeadOn(url: string | null): void {
  useEffect(() => {
    if (!url) return;
    const timer = setTimeout(() => leadOn(url), LED_AFTER_MS);
    return () => clearTimeout(timer);
  }, [url]);
}

export function leadOn(url: string): void {
  sessionStorage.removeItem(KEY);
  location.replace(url);
}
