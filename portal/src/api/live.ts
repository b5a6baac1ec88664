/** Live updates: what the server tells makes everything on the page ask again. */

import { useEffect } from 'preact/hooks';
import { graphql, type TadaDocumentNode } from '../graphql';
import { changes, client, listen } from './client';

const OWN_CHANGE_MS = 4_000;
const ASK_EVERY_MS_MIN = 250;

const SUBSCRIPTION_UPDATED = graphql('subscription SubscriptionUpdated { subscriptionUpdated { id } }');
const EVENT_FEED = graphql('subscription EventFeed { eventFeed { id } }');

let ownUntil = 0;

/** Says that this page itself is changing something: its own doing is no news to the person at it. */
export function expectOwnChange(): void {
  ownUntil = performance.now() + OWN_CHANGE_MS;
}

export function isOwnChange(): boolean {
  return performance.now() < ownUntil;
}

/** Listens for as long as the component is shown: operators to every event, customers to their own. */
export function useLiveUpdates(isOperator: boolean): void {
  const connection = client.value;
  useEffect(() => {
    const document: TadaDocumentNode<unknown, object> = isOperator ? EVENT_FEED : SUBSCRIPTION_UPDATED;
    return listen(
      document,
      atMostEvery(ASK_EVERY_MS_MIN, () => changes.value++),
    );
  }, [connection, isOperator]);
}

/** Returns a function that runs *work* at once, and at most once in so many milliseconds. */
function atMostEvery(ms: number, work: () => void): () => void {
  let isResting = false;
  let isWanted = false;
  const run = () => {
    isWanted = isResting;
    if (isResting) return;
    isResting = true;
    work();
    setTimeout(() => {
      isResting = false;
      if (isWanted) run();
    }, ms);
  };
  return run;
}
