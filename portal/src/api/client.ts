/** The way to the API: GraphQL over HTTP for questions, one WebSocket for what changes meanwhile. */

import { computed, signal } from '@preact/signals';
import { type AnyVariables, Client, cacheExchange, fetchExchange, stringifyDocument } from '@urql/core';
import { createClient } from 'graphql-ws';
import type { TadaDocumentNode } from '../graphql';
import { isCheckout, link, OWN_PAGE, person } from '../session';

/** Who has a link may ask a few things by their names, and nothing else. */
const PATH = link ? (isCheckout ? '/api/checkout-link' : '/api/invoice-link') : '/graphql';
const RETRY_MS_MAX = 15_000;
const KEEP_ALIVE_MS = 20_000;
const LISTEN_AGAIN_MS = 2_000;
const LISTENING_MS_MAX = 1_000;

/** How live the page is: whether changes reach it by themselves. */
export const liveness = signal<'closed' | 'open' | 'lost'>('closed');
/** Counts what may have changed on the server; what is shown asks again whenever it grows. */
export const changes = signal(0);

const round = signal(0);

/** One for each session: nothing of one person is left in memory for the next. */
const connection = computed(() => connect(person.value?.email ?? '', round.value > 0));
export const client = computed(() => connection.value.http);

/**
 * Opens a new socket. The server looks up whose changes it tells when a socket begins to listen, and
 * somebody becomes a customer only with their first subscription.
 */
export function connectAnew(): void {
  round.value++;
}

let end = () => {};

function connect(_whose: string, isAnew: boolean) {
  end();
  liveness.value = 'closed';
  let isOver = false;
  const socket = createClient({
    url: `${location.origin.replace(/^http/, 'ws')}${PATH}`,
    keepAlive: KEEP_ALIVE_MS,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => !isOver,
    retryWait: (tries) => wait(Math.min(RETRY_MS_MAX, 500 * 2 ** tries) * (0.5 + Math.random())),
    on: {
      connected: (_socket, _payload, wasRetry) => {
        liveness.value = 'open';
        // Whatever happened in between was not told, nor what happens until the server listens.
        if (!wasRetry && !isAnew) return;
        changes.value++;
        setTimeout(() => changes.value++, LISTENING_MS_MAX);
      },
      closed: () => {
        if (!isOver) liveness.value = 'lost';
      },
    },
  });
  end = () => {
    isOver = true;
    // It fails if the server never let this socket in: then nothing is open.
    Promise.resolve(socket.dispose()).catch(() => {});
  };
  const http = new Client({
    url: PATH,
    preferGetMethod: false,
    fetchOptions: {
      cache: 'no-store',
      credentials: link ? 'omit' : 'same-origin',
      headers: { ...OWN_PAGE, accept: 'application/graphql-response+json, application/json' },
    },
    exchanges: [cacheExchange, fetchExchange],
  });
  return { http, socket };
}

/** Calls *onNext* for each result of a GraphQL subscription, until the function that it returns is called. */
export function listen<Data, Variables extends AnyVariables>(
  document: TadaDocumentNode<Data, Variables>,
  onNext: () => void,
): () => void {
  const { socket } = connection.value;
  let isStopped = false;
  let stop = () => {};
  const listenAgain = async () => {
    await wait(LISTEN_AGAIN_MS);
    if (isStopped) return;
    onNext();
    start();
  };
  const start = () => {
    stop = socket.subscribe(
      { query: stringifyDocument(document) },
      // The server lets a listener go that does not keep up, and ends every connection after a while.
      { next: onNext, error: listenAgain, complete: () => isStopped || void listenAgain() },
    );
  };
  start();
  return () => {
    isStopped = true;
    stop();
  };
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
