/** Live updates: what the server tells makes everything on the page ask again. */

import { useEffect } from 'preact/hooks';
import { graphql, type TadaDocumentNode } from '../graphql';
import { changes, client, listen } from './client';

const OWN_CHANGE_MS = 4_000;
const ASK_EVERY_MS_MIN = 250;

const SUBSCRIPTION_UPDATED = graphql('subscription SubscriptionUpdated { subscriptionUpdated { id } }');
const EVENT_FEED = graphql('subscription EventFeed { eventFeed { id } }');
const REPORT_UPDATED = graphql('subscription ReportUpdated { reportUpdated { totalActive } }');

/** What somebody hears of: what is theirs, every event, or that the figures changed. */
export type Feed = 'own' | 'events' | 'reports';

const FEEDS: Record<Feed, TadaDocumentNode<unknown, object>> = {
  own: SUBSCRIPTION_UPDATED,
  events: EVENT_FEED,
  reports: REPORT_UPDATED,
};

let ownUntil = 0;

/** Says that this page itself is changing something: its own doing is no news to the person at it. */
export function expectOwnChange(): void {
  ownUntil = performance.now() + OWN_CHANGE_MS;
}

export function isOwnChange(): boolean {
  return performance.now() < ownUntil;
}

/** Listens for as long as the component is shown. */
export function useLiveUpdates(feed: Feed): void {
  const connection = client.value;
  useEffect(() => {
    return listen(
      FEEDS[feed],
      atMostEvery(ASK_EVERY_MS_MIN, () => changes.value++),
    );
  }, [connection, feed]);
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
