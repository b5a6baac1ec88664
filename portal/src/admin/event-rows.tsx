/** Events as rows; each opens with all that is known of it. */

import { useState } from 'preact/hooks';
import { useAsk } from '../api/asking';
import { type FragmentOf, graphql } from '../graphql';
import { t, word } from '../i18n';
import { Link } from '../router';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { Facts } from '../ui/facts';
import { PendingPart } from '../ui/pending';
import { Status } from '../ui/status';
import type { Column } from '../ui/table';
import { detailOf, type plansBefore } from './event-details';
import { factsOf } from './event-facts';
import { moment } from './moment';

export const EVENT = graphql(`
  fragment EventRow on Event @_unmask {
    id
    type
    subscriptionId
    data
    source
    actor
    occurredAt
    recordedAt
    processed
    processedAt
    seq
    outcome
    review
    possibleDecisions
    tries
    lastError
    dead
  }
`);

const ONE = graphql('query OneEvent($id: ID!) { event(id: $id) { ...EventRow } }', [EVENT]);

export type EventRow = FragmentOf<typeof EVENT>;

/**
 * Returns the columns of a list of events, and the dialog of the one that is open: it needs no row any more.
 * *before* has the plans that changes left, by event.
 */
export function useEventColumns(before?: ReturnType<typeof plansBefore>) {
  const [openId, setOpenId] = useState<string | null>(null);
  const columns: Column<EventRow>[] = [
    { place: 'when', title: t('column.when'), cell: (event) => moment(event.occurredAt) },
    {
      place: 'main',
      title: t('column.event'),
      cell: (event) => (
        <>
          <button type="button" class="row-link row-button" onClick={() => setOpenId(event.id)}>
            {word('event', event.type)}
          </button>
          <Outcome event={event} detail={detailOf(event, before?.get(event.id))} />
        </>
      ),
    },
    { place: 'how', title: t('column.source'), cell: (event) => sourceText(event) },
    {
      place: 'state',
      title: t('column.status'),
      cell: (event) => <Status of="event" value={stateOf(event)} />,
    },
    {
      place: 'action',
      title: t('column.subscription'),
      // Phones have it in the dialog.
      cell: (event) => (
        <span class="if-wide">
          <SubscriptionLink event={event} text={shortId(event.subscriptionId)} />
        </span>
      ),
    },
  ];
  const dialog = openId && <EventDialog key={openId} eventId={openId} onClose={() => setOpenId(null)} />;
  return { columns, dialog };
}

/** Asks for its event itself: on a busy day the row that it was opened from is gone in seconds. */
export function EventDialog({ eventId, onClose }: { eventId: string; onClose: () => void }) {
  const answer = useAsk(ONE, { id: eventId });
  const event = answer.data?.event;
  return (
    <Dialog title={event ? word('event', event.type) : t('column.event')} onClose={onClose} isWide>
      {event ? <Known event={event} /> : <PendingPart answer={answer} failed={t('events.failed')} />}
      <div class="actions">
        <Button onClick={onClose}>{t('close')}</Button>
      </div>
    </Dialog>
  );
}

function Known({ event }: { event: EventRow }) {
  return (
    <>
      <Facts
        facts={[
          [t('column.status'), <Status of="event" value={stateOf(event)} />],
          [t('event.review'), event.review && word('review', event.review)],
          ...factsOf(event),
          [t('event.outcome'), event.outcome && word('outcome', event.outcome)],
          [t('event.error'), event.lastError && <span class="mono">{event.lastError}</span>],
          [t('event.tries'), event.tries || null],
          [t('column.source'), sourceText(event)],
          [t('event.occurred'), moment(event.occurredAt)],
          [t('event.seq'), event.seq],
          [t('event.id'), <span class="mono">{event.id}</span>],
          [t('column.subscription'), <SubscriptionLink event={event} text={event.subscriptionId} />],
        ]}
      />
      <details class="stack" open={event.dead}>
        <summary class="link">{t('event.data')}</summary>
        <pre class="code">{JSON.stringify(event.data, null, 2)}</pre>
      </details>
    </>
  );
}

/** What it was about, and why to look at it, or else what it did, unless its name says so already. */
function Outcome({ event: { type, outcome, review }, detail }: { event: EventRow; detail: string }) {
  const text = review ? word('review', review) : outcome && word('outcome', outcome);
  const shown = [detail, text !== word('event', type) && text].filter(Boolean).join(' · ');
  return shown ? <span class="sub outcome">{shown}</span> : null;
}

/** The id of an event's subscription, which leads to it if there is one. */
function SubscriptionLink({ event, text }: { event: EventRow; text: string }) {
  if (event.review === 'UNKNOWN_SUBSCRIPTION') return <span class="mono">{text}</span>;
  return (
    <Link to={`/admin/assinaturas/${event.subscriptionId}`} class="link mono">
      {text}
    </Link>
  );
}

function sourceText(event: EventRow): string {
  return event.actor ? `${word('source', event.source)}, ${event.actor}` : word('source', event.source);
}

/** The end of an id: its beginning is a time, much the same in neighbours. */
function shortId(id: string): string {
  return `…${id.slice(-6)}`;
}

export function stateOf(event: EventRow): string {
  if (event.dead) return 'DEAD';
  if (event.review) return 'REVIEW';
  return event.processed ? 'APPLIED' : 'WAITING';
}
