/** Periods to filter by, counted back from today on the billing clock. */

import { useAsk } from '../api/asking';
import { graphql } from '../graphql';
import { t } from '../i18n';
import { dayOf, plusDays, yearBefore } from '../i18n/business-day';

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
  const today = dayOf(now);
  return period === '12m' ? yearBefore(today) : plusDays(today, -Number.parseInt(period, 10));
}
