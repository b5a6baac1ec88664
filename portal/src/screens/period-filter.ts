/** Periods to filter by, counted back from today on the billing clock. */

import { useAsk } from '../api/asking';
import { graphql } from '../graphql';
import { t } from '../i18n';
import { localDay } from '../i18n/format';

const TODAY = graphql('query Today { clock { now } }');

export const PERIODS = ['', '30d', '90d', '12m'] as const;

export function periodOptions() {
  return PERIODS.map((value) => [value, t(value ? `since.${value}` : 'since.all')] as const);
}

/** Returns the first day of a period; null for all time, undefined until the clock is known. */
export function useStartOf(period: string): string | null | undefined {
  const now = useAsk(TODAY, {}, { pause: !period }).data?.clock.now;
  if (!period) return null;
  if (!now) return undefined;
  const start = new Date(now);
  if (period === '12m') start.setFullYear(start.getFullYear() - 1);
  else start.setDate(start.getDate() - Number.parseInt(period, 10));
  return localDay(start);
}
