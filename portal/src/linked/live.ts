/** What changes while an invoice's page is open: told as server-sent events, which a header can open. */

import { useEffect } from 'preact/hooks';
import { changes, liveness } from '../api/client';
import { OWN_PAGE } from '../session';

const UPDATES = '/api/invoice-link/updates';
const AGAIN_MS = 3_000;

/** Asks everything on the page again whenever something happened, for as long as it is shown. */
export function useLinkedUpdates(): void {
  useEffect(() => {
    const ending = new AbortController();
    void follow(ending.signal);
    return () => ending.abort();
  }, []);
}

async function follow(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await listen(signal).catch(() => {});
    liveness.value = 'lost';
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    // What happened in between was told to nobody.
    if (!signal.aborted) changes.value++;
  }
}

async function listen(signal: AbortSignal): Promise<void> {
  const response = await fetch(UPDATES, {
    headers: OWN_PAGE,
    cache: 'no-store',
    credentials: 'omit',
    signal,
  });
  const reader = response.ok ? response.body?.pipeThrough(new TextDecoderStream()).getReader() : undefined;
  if (!reader) return;
  liveness.value = 'open';
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    if (part.value.includes('data:')) changes.value++;
  }
}
