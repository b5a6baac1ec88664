/** The history of one subscription, the newest first: what happened, how much it was about, what came of it. */

import { usePages } from '../api/asking';
import { graphql } from '../graphql';
import { t } from '../i18n';
import { List } from '../ui/list';
import { Section } from '../ui/page';
import { Empty } from '../ui/states';
import type { Column } from '../ui/table';
import { plansBefore } from './event-details';
import { EVENT, type EventRow, stateOf, useEventColumns } from './event-rows';

const TIMELINE = graphql(
  `
    query Timeline($id: ID!, $first: Int!, $after: String) {
      events(filter: { subscriptionId: $id }, first: $first, after: $after) {
        edges { node { ...EventRow } }
        pageInfo { hasNextPage endCursor }
      }
    }
  `,
  [EVENT],
);

export function Timeline({ subscriptionId }: { subscriptionId: string }) {
  const pages = usePages(TIMELINE, { id: subscriptionId }, (data) => data.events);
  const rows = pages.rows && newestFirst(pages.rows);
  const { columns, dialog } = useEventColumns(plansBefore(rows ?? []));
  return (
    <Section title={t('timeline')} isRuled>
      <List
        caption={t('timeline')}
        pages={{ ...pages, rows }}
        columns={columns.filter((column) => column.place !== 'action').map(unlessApplied)}
        failed={t('events.failed')}
        empty={<Empty title={t('events.empty')} text={t('events.emptyText')} />}
      />
      {dialog}
    </Section>
  );
}

/** That something took its course needs no word: all but a few have. */
function unlessApplied(column: Column<EventRow>): Column<EventRow> {
  if (column.place !== 'state') return column;
  return { ...column, cell: (event) => stateOf(event) !== 'APPLIED' && column.cell(event) };
}

type Moment = { occurred: number; recorded: number };

/** Within which a provider takes a charge and says how it ended. */
const ONE_CHARGE_MS = 60_000;

/** Causes before effects, read from below: one instant of the billing clock holds many events. */
function newestFirst(rows: readonly EventRow[]): EventRow[] {
  const moments = new Map(rows.map((row) => [row.id, momentOf(row, rows)]));
  const at = (row: EventRow): Moment => moments.get(row.id) ?? { occurred: 0, recorded: 0 };
  return rows.toSorted(
    (one, other) =>
      at(other).occurred - at(one).occurred ||
      at(other).recorded - at(one).recorded ||
      (other.seq ?? Number.MAX_SAFE_INTEGER) - (one.seq ?? Number.MAX_SAFE_INTEGER),
  );
}

/** When it was; that a provider has taken a charge is often told after how the charge ended. */
function momentOf(row: EventRow, rows: readonly EventRow[]): Moment {
  const own = { occurred: Date.parse(row.occurredAt), recorded: Date.parse(row.recordedAt) };
  if (row.type !== 'PAYMENT_PENDING') return own;
  const [end] = rows
    .filter((other) => ENDS.has(other.type) && paymentOf(other) === paymentOf(row))
    .map((other) => ({ occurred: Date.parse(other.occurredAt), recorded: Date.parse(other.recordedAt) }))
    .filter(({ occurred }) => occurred <= own.occurred && own.occurred - occurred < ONE_CHARGE_MS)
    .toSorted((one, other) => one.occurred - other.occurred);
  return end ? { occurred: end.occurred, recorded: end.recorded - 0.5 } : own;
}

const ENDS: ReadonlySet<string> = new Set(['PAYMENT_SUCCESS', 'PAYMENT_FAILED']);

function paymentOf(row: EventRow): string | undefined {
  return (row.data as { payment_id?: string } | null)?.payment_id;
}
