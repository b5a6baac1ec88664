/** One webhook endpoint: how it does, what can be done with it, and the log of what it was sent. */

import { useAsk } from '../../api/asking';
import { graphql } from '../../graphql';
import { t } from '../../i18n';
import { number } from '../../i18n/format';
import { Facts } from '../../ui/facts';
import { NotFound } from '../../ui/not-found';
import { Page, Section } from '../../ui/page';
import { Failed, Skeleton } from '../../ui/states';
import { EventTabs } from '../event-tabs';
import { moment } from '../moment';
import { useMay } from '../permissions';
import { DeliveryLog } from './delivery-log';
import { EndpointActions } from './endpoint-actions';
import { ENDPOINT, type Endpoint, stateOf, typeText } from './message-types';

const ONE = graphql(
  `
    query WebhookEndpoint($id: ID!) {
      webhookEndpoint(id: $id) { ...WebhookEndpointRow }
    }
  `,
  [ENDPOINT],
);

const COUNTED_MS = 5_000;

export function EndpointScreen({ endpointId }: { endpointId: string }) {
  const { data, failure, retry } = useAsk(ONE, { id: endpointId }, { everyMs: COUNTED_MS });
  const may = useMay();
  if (data?.webhookEndpoint === null) return <NotFound home="/admin/eventos/webhooks" />;
  const endpoint = data?.webhookEndpoint;
  return (
    <Page title={t('webhooks')} lede={endpoint?.url} aside={<EventTabs />}>
      {endpoint ? (
        <>
          {may('WEBHOOKS_WRITE') && <EndpointActions endpoint={endpoint} />}
          <EndpointFacts endpoint={endpoint} />
          <Section title={t('webhooks.log')} isRuled>
            <DeliveryLog endpointId={endpointId} />
          </Section>
        </>
      ) : failure ? (
        <Failed what={t('webhooks.failed')} failure={failure} onRetry={retry} />
      ) : (
        <Skeleton />
      )}
    </Page>
  );
}

function EndpointFacts({ endpoint }: { endpoint: Endpoint }) {
  const { succeeded, failed, pending } = endpoint.stats;
  return (
    <Facts
      facts={[
        [t('webhooks.state'), t(stateOf(endpoint))],
        [t('webhooks.failingSince'), endpoint.failingSince && moment(endpoint.failingSince)],
        [t('webhooks.description'), endpoint.description],
        [t('webhooks.type'), endpoint.types.map(typeText).join(', ') || t('webhooks.allTypes')],
        [t('webhooks.ordered'), t(endpoint.ordered ? 'webhooks.ordered.yes' : 'webhooks.ordered.no')],
        [t('webhooks.secret'), <span class="mono">…{endpoint.secretHint}</span>],
        [t('webhooks.created'), moment(endpoint.createdAt)],
        [
          t('webhooks.last24'),
          t('webhooks.stats', {
            succeeded: number(succeeded),
            failed: number(failed),
            pending: number(pending),
          }),
        ],
      ]}
    />
  );
}
