/** The three lists of events, and what is told of them; each has an address of its own. */

import { t } from '../i18n';
import { Link, path } from '../router';
import { Badge } from '../shell/shell';
import { useMay } from './permissions';
import { useWaitingReviews } from './waiting-reviews';

const REVIEWS = '/admin/eventos/revisao';

export function EventTabs() {
  const may = useMay();
  const waiting = useWaitingReviews();
  const tabs = [
    ['/admin/eventos', t('events.all'), 'EVENTS_READ'],
    [REVIEWS, t('review.tab'), 'EVENTS_READ'],
    ['/admin/eventos/falhas', t('dead.tab'), 'EVENTS_READ'],
    ['/admin/eventos/webhooks', t('webhooks.tab'), 'WEBHOOKS_READ'],
    ['/admin/eventos/emails', t('mailRules.tab'), 'BILLING_READ'],
  ] as const;
  return (
    <nav class="segments" aria-label={t('events')}>
      {tabs
        .filter(([, , permission]) => may(permission))
        .map(([to, name]) => (
          <Link
            key={to}
            to={to}
            class="segment"
            current={path.value === to || (to !== '/admin/eventos' && path.value.startsWith(`${to}/`))}
          >
            {name}
            {to === REVIEWS && waiting && <Badge {...waiting} />}
          </Link>
        ))}
    </nav>
  );
}
