/** The groups of workers: how far each is with its stream. */

import { useAsk } from '../api/asking';
import { graphql, type ResultOf } from '../graphql';
import { t, word } from '../i18n';
import { number } from '../i18n/format';
import { Link } from '../router';
import { Empty, Failed, Skeleton } from '../ui/states';

const GROUPS = graphql(`
  query Groups {
    consumerGroups { stream group lag pending consumers handled retried dead }
  }
`);

type Group = ResultOf<typeof GROUPS>['consumerGroups'][number];

const EVERY_MS = 3_000;

export function Groups() {
  const { data, failure, retry } = useAsk(GROUPS, {}, { everyMs: EVERY_MS });
  if (!data) {
    return failure ? (
      <Failed what={t('groups.failed')} failure={failure} onRetry={retry} />
    ) : (
      <Skeleton rows={2} shape="cards" />
    );
  }
  if (!data.consumerGroups.length) return <Empty title={t('groups.empty')} text={t('groups.emptyText')} />;
  return (
    <ul class="groups">
      {data.consumerGroups.map((group) => (
        <GroupCard key={`${group.stream}/${group.group}`} group={group} />
      ))}
    </ul>
  );
}

function GroupCard({ group }: { group: Group }) {
  const isAlone = group.consumers === 0;
  return (
    <li class="card">
      <h2 class="card-title">{word('group', group.group)}</h2>
      <dl class="numbers">
        {/* Redis can't tell the lag of a stream that was cut between what is read and what is not. */}
        <Count name={t('group.lag')} value={group.lag} />
        <Count name={t('group.pending')} value={group.pending} />
        <Count name={t('group.consumers')} value={group.consumers} isBad={isAlone} />
        <Count name={t('group.handled')} value={group.handled} />
        <Count name={t('group.retried')} value={group.retried} />
        <Count name={t('group.dead')} value={group.dead} isBad={group.dead > 0} to="/admin/eventos/falhas" />
      </dl>
      {isAlone && <p class="small group-note">{t('groups.alone', { group: group.group })}</p>}
    </li>
  );
}

type CountProps = { name: string; value: number | null; isBad?: boolean; to?: string };

function Count({ name, value, isBad = false, to }: CountProps) {
  const text = value === null ? '–' : number(value);
  return (
    <div>
      <dt class="small muted">{name}</dt>
      <dd class={isBad ? 'is-bad' : ''}>{isBad && to ? <Link to={to}>{text}</Link> : text}</dd>
    </div>
  );
}
