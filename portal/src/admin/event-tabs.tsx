/** The three lists of events; each has an address of its own. */

import { t } from '../i18n';
import { Link, path } from '../router';

export function EventTabs() {
  const tabs = [
    ['/admin/eventos', t('events.all')],
    ['/admin/eventos/revisao', t('review.tab')],
    ['/admin/eventos/falhas', t('dead.tab')],
  ] as const;
  return (
    <nav class="segments" aria-label={t('events')}>
      {tabs.map(([to, name]) => (
        <Link key={to} to={to} class="segment" current={path.value === to}>
          {name}
        </Link>
      ))}
    </nav>
  );
}
