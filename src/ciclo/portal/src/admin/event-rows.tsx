/** Events as rows; each opens with all that is known of it. */

import { useState } from 'preact/hooks';
import { type FragmentOf, graphql } from '../graphql';
import { t, word } from '../i18n';
import { instant } from '../i18n/format';
import { Link } from '../router';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { Facts } from '../ui/facts';
import { Status } from '../ui/status';
import { type Column, Table } from '../ui/table';

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
    tries
    lastError
    dead
  }
`);

export type EventRow = FragmentOf<typeof EVENT>;

type EventRowsProps = { events: readonly EventRow[]; caption: string; isStale?: boolean };

export function EventRows({ events, caption, isStale = false }: EventRowsProps) {
  const { columns, dialog } = useEventColumns();
  return (
    <>
      <Table caption={caption} columns={columns} rows={events} isStale={isStale} />
      {dialog}
    </>
  );
}

/** Returns the columns of a list of events, and the dialog of the one that is open. */
export function useEventColumns() {
  const [open, setOpen] = useState<EventRow | null>(null);
  const columns: Column<EventRow>[] = [
    { place: 'when', title: t('column.when'), cell: (event) => instant(event.occurredAt) },
    {
      place: 'main',
      title: t('column.event'),
      cell: (event) => (
        <>
          <button type="button" class="row-link row-button" onClick={() => setOpen(event)}>
            {word('event', event.type)}
          </button>
          <span class="sub mono">{event.outcome}</span>
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
      cell: (event) => (
        <Link to={`/admin/assinaturas/${event.subscriptionId}`} class="link mono if-wide">
          {shortId(event.subscriptionId)}
        </Link>
      ),
    },
  ];
  return {
    columns,
    dialog: open && <EventDialog event={open} onClose={() => setOpen(null)} />,
    show: setOpen,
  };
}

export function EventDialog({ event, onClose }: { event: EventRow; onClose: () => void }) {
  return (
    <Dialog title={word('event', event.type)} onClose={onClose} isWide>
      <Facts
        facts={[
          [t('column.status'), <Status of="event" value={stateOf(event)} />],
          [t('event.outcome'), event.outcome && <span class="mono">{event.outcome}</span>],
          [t('event.review'), event.review && word('review', event.review)],
          [t('event.error'), event.lastError && <span class="mono">{event.lastError}</span>],
          [t('event.tries'), event.tries || null],
          [t('column.source'), sourceText(event)],
          [t('event.occurred'), instant(event.occurredAt)],
          [t('event.seq'), event.seq],
          [t('event.id'), <span class="mono">{event.id}</span>],
          [
            t('column.subscription'),
            <Link to={`/admin/assinaturas/${event.subscriptionId}`} class="link mono">
              {event.subscriptionId}
            </Link>,
          ],
        ]}
      />
      <pre class="code">{JSON.stringify(event.data, null, 2)}</pre>
      <div class="actions">
        <Button onClick={onClose}>{t('close')}</Button>
      </div>
    </Dialog>
  );
}

export function sourceText(event: EventRow): string {
  return event.actor ? `${word('source', event.source)}, ${event.actor}` : word('source', event.source);
}

export function shortId(id: string): string {
  return `…${id.slice(-6)}`;
}

function stateOf(event: EventRow): string {
  if (event.dead) return 'DEAD';
  if (event.review) return 'REVIEW';
  return event.processed ? 'APPLIED' : 'WAITING';
}
