/** How many reviews wait for a person, for those who may see them. */

import { useAsk } from '../api/asking';
import { graphql } from '../graphql';
import { counted } from '../i18n';
import { useMay } from './permissions';

const WAITING = graphql(`
  query WaitingReviews { events(filter: { needsReview: true }, first: 1) { totalCount } }
`);

export function useWaitingReviews() {
  const { data } = useAsk(WAITING, {}, { pause: !useMay()('EVENTS_READ') });
  const count = data?.events.totalCount ?? 0;
  return count ? { count, text: counted('review.waiting', count) } : undefined;
}
