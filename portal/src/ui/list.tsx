/** A list in all its states: loading, failed, empty, filtered to nothing, and with more to come. */

import type { ComponentChildren } from 'preact';
import type { Pages } from '../api/asking';
import { counted, t } from '../i18n';
import { number } from '../i18n/format';
import { Button } from './button';
import { Empty, Failed, Skeleton } from './states';
import { type Column, Table } from './table';

type ListProps<Row> = {
  caption: string;
  pages: Pages<Row>;
  columns: readonly Column<Row>[];
  /** What could not be loaded, as a sentence. */
  failed: string;
  /** What stands there before anything ever happened. */
  empty: ComponentChildren;
  /** Clears the filters; given while there are some. */
  onClear?: (() => void) | undefined;
  /** How many match in all, where that is counted. */
  total?: number | null;
};

export function List<Row extends { id: string }>({
  caption,
  pages,
  columns,
  failed,
  empty,
  onClear,
  total = null,
}: ListProps<Row>) {
  const { rows, failure, isStale, hasMore, isLoadingMore } = pages;
  if (!rows)
    return failure ? <Failed what={failed} failure={failure} onRetry={pages.retry} /> : <Skeleton rows={6} />;
  if (!rows.length) return onClear ? <NoMatch onClear={onClear} /> : empty;
  return (
    <>
      <Table caption={caption} columns={columns} rows={rows} isStale={isStale} />
      {hasMore && (
        <div class="more">
          <Button onClick={pages.more} isBusy={isLoadingMore} isSmall>
            {t('more')}
          </Button>
        </div>
      )}
      {total === null ? (
        <span class="hidden" role="status">
          {counted('shown', rows.length)}
        </span>
      ) : (
        <p class="total" role="status">
          {t('shown.of', { shown: number(rows.length), total: number(Math.max(total, rows.length)) })}
        </p>
      )}
    </>
  );
}

function NoMatch({ onClear }: { onClear: () => void }) {
  return (
    <Empty title={t('filter.noMatch')} text={t('filter.widen')}>
      <Button isSmall onClick={onClear}>
        {t('filter.clear')}
      </Button>
    </Empty>
  );
}
