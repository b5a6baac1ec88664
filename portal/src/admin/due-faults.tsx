/** Subscriptions that the clock can't move on; nothing is shown while there are none. */

import { useAsk } from '../api/asking';
import { graphql } from '../graphql';
import { t } from '../i18n';
import { Link } from '../router';
import { Failed } from '../ui/states';
import { moment } from './moment';

const DUE_FAULTS = graphql(`
  query DueFaults {
    dueFaults { subscriptionId error tries since nextTryAt }
  }
`);

const EVERY_MS = 10_000;

export function DueFaults() {
  const { data, failure, retry } = useAsk(DUE_FAULTS, {}, { everyMs: EVERY_MS });
  if (!data) return failure ? <Failed what={t('due.failed')} failure={failure} onRetry={retry} /> : null;
  if (!data.dueFaults.length) return null;
  return (
    <section class="card due-faults" aria-label={t('due.title')}>
      <h2 class="card-title">{t('due.title')}</h2>
      <p class="small muted">{t('due.text')}</p>
      <ul class="plain">
        {data.dueFaults.map((fault) => (
          <li key={fault.subscriptionId}>
            <Link to={`/admin/assinaturas/${fault.subscriptionId}`}>
              <span class="mono">{fault.subscriptionId}</span>
            </Link>
            <span class="mono">{fault.error}</span>
            <span class="small muted">
              {t('due.since', {
                since: moment(fault.since),
                tries: `${fault.tries} ${t(fault.tries === 1 ? 'event.tryUnit' : 'event.triesUnit')}`,
                next: moment(fault.nextTryAt),
              })}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
