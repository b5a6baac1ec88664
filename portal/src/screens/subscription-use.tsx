/** What a plan lets its subscriber use, and how much of it they do. */

import { useEffect } from 'preact/hooks';
import { useAsk } from '../api/asking';
import { changes, client, listen } from '../api/client';
import { graphql, type ResultOf } from '../graphql';
import { t } from '../i18n';
import { date, number } from '../i18n/format';
import { ButtonLink } from '../ui/button';
import { Facts } from '../ui/facts';

const USE = graphql(`
  query Use {
    entitlements {
      items {
        feature kind allowed reason limit unlimited used remaining overLimit resetsOn
        upgrades { id name }
      }
    }
  }
`);
const USE_CHANGED = graphql('subscription UseChanged { entitlementsChanged { version } }');

type Item = ResultOf<typeof USE>['entitlements']['items'][number];
type Limit = { name: string; value: number; unlimited: boolean };

/** The limits of the plan until it is known what is used of them. */
export function Use({ limits }: { limits: readonly Limit[] }) {
  const { data } = useAsk(USE, {});
  const connection = client.value;
  useEffect(() => listen(USE_CHANGED, () => changes.value++), [connection]);
  const counted = data?.entitlements.items.filter((item) => item.kind !== 'BOOLEAN') ?? [];
  const facts = counted.length
    ? counted.map((item) => [item.feature, <Used key={item.feature} item={item} />] as const)
    : limits.map((limit) => [limit.name, limit.unlimited ? t('use.noLimit') : number(limit.value)] as const);
  if (!facts.length) return null;
  const [wanted] = counted.filter((item) => item.reason === 'LIMIT_REACHED').flatMap((item) => item.upgrades);
  return (
    <>
      <h3>{t('subscription.limits')}</h3>
      <Facts facts={facts} />
      {wanted && (
        <ButtonLink to={`/assinatura/trocar/${wanted.id}`} look="link">
          {t('use.more', { plan: wanted.name })}
        </ButtonLink>
      )}
    </>
  );
}

function Used({ item }: { item: Item }) {
  const { limit } = item;
  return (
    <>
      {limit !== null && limit > 0 && (
        <meter class="use" min={0} max={limit} value={Math.min(item.used, limit)} aria-hidden="true" />
      )}{' '}
      {usedText(item)}
      {item.resetsOn && <span class="muted small"> {t('use.until', { date: date(item.resetsOn) })}</span>}
    </>
  );
}

function usedText({ limit, used, overLimit }: Item): string {
  if (limit === null) return t('use.unlimited', { used: number(used) });
  const text = t('use.of', { used: number(used), limit: number(limit) });
  return overLimit ? `${text}, ${t('use.over', { over: number(overLimit) })}` : text;
}
