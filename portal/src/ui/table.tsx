/** Tables that become two lines a row on phones. Roles are spelled out: restyled elements lose theirs. */

import type { ComponentChildren } from 'preact';

/** Where a cell stands on a phone: what it is and how much above; when, how and its state below. */
type Place = 'main' | 'amount' | 'when' | 'how' | 'state' | 'action';

export type Column<Row> = {
  place: Place;
  /** Empty for the column of actions. */
  title: string;
  cell: (row: Row) => ComponentChildren;
};

type TableProps<Row> = {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  isStale?: boolean;
};

export function Table<Row extends { id: string }>({
  caption,
  columns,
  rows,
  isStale = false,
}: TableProps<Row>) {
  return (
    // biome-ignore-start lint/a11y/noRedundantRoles: phones show rows as grids, and then the roles would be gone
    <table class={`table${isStale ? ' is-stale' : ''}`} role="table" aria-busy={isStale}>
      <caption class="hidden">{caption}</caption>
      <thead role="rowgroup">
        <tr role="row">
          {columns.map(({ place, title }) => (
            <th key={place} class={`at-${place}`} role="columnheader" scope="col">
              <span class={title ? '' : 'hidden'}>{title || caption}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={row.id} role="row">
            {columns.map(({ place, cell }) => (
              <td key={place} class={`at-${place}`} role="cell">
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
    // biome-ignore-end lint/a11y/noRedundantRoles: see above
  );
}
