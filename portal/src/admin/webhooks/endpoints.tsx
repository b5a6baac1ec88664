/** Webhook endpoints: all of them, and a new one, whose secret is shown once. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { useAsk } from '../../api/asking';
import { graphql } from '../../graphql';
import { t } from '../../i18n';
import { number } from '../../i18n/format';
import { Link } from '../../router';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Page } from '../../ui/page';
import { Empty, Failed, Skeleton } from '../../ui/states';
import { type Column, Table } from '../../ui/table';
import { EventTabs } from '../event-tabs';
import { useMay } from '../permissions';
import { EndpointForm, NO_ENDPOINT } from './endpoint-form';
import { ENDPOINT, type Endpoint, stateOf } from './message-types';
import { SecretDialog } from './secret-dialog';

const ENDPOINTS = graphql(
  `
    query WebhookEndpoints {
      webhookEndpoints { ...WebhookEndpointRow }
    }
  `,
  [ENDPOINT],
);
const CREATE = graphql(`
  mutation CreateWebhookEndpoint($input: CreateWebhookEndpointInput!) {
    createWebhookEndpoint(input: $input) {
      endpoint { id }
      secret
      userErrors { code message field }
    }
  }
`);

const COUNTED_MS = 10_000;

export function EndpointsScreen() {
  const { data, failure, isStale, retry } = useAsk(ENDPOINTS, {}, { everyMs: COUNTED_MS });
  const [isNew, setNew] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const rows = data?.webhookEndpoints;
  const mayWrite = useMay()('WEBHOOKS_WRITE');
  const openNew = () => setNew(true);
  return (
    <Page title={t('webhooks')} lede={t('webhooks.lede')} aside={<EventTabs />}>
      {rows && rows.length > 0 && mayWrite && (
        <div class="actions before-list">
          <Button look="primary" isSmall onClick={openNew}>
            {t('webhooks.new')}
          </Button>
        </div>
      )}
      {!rows &&
        (failure ? <Failed what={t('webhooks.failed')} failure={failure} onRetry={retry} /> : <Skeleton />)}
      {rows && rows.length > 0 && (
        <Table caption={t('webhooks')} columns={columns()} rows={rows} isStale={isStale} />
      )}
      {rows?.length === 0 && (
        <Empty title={t('webhooks.empty')} text={t('webhooks.emptyText')}>
          {mayWrite && (
            <Button look="primary" isSmall onClick={openNew}>
              {t('webhooks.new')}
            </Button>
          )}
        </Empty>
      )}
      {isNew && (
        <NewEndpoint
          onClose={() => setNew(false)}
          onCreated={(shown) => {
            setNew(false);
            setSecret(shown);
          }}
        />
      )}
      {secret && <SecretDialog secret={secret} onClose={() => setSecret(null)} />}
    </Page>
  );
}

function NewEndpoint({ onClose, onCreated }: { onClose: () => void; onCreated: (secret: string) => void }) {
  const { act, isBusy, problem } = useAct(CREATE, { once: true });
  return (
    <Dialog title={t('webhooks.new')} onClose={onClose} isWide>
      <EndpointForm
        start={NO_ENDPOINT}
        submitText={t('webhooks.create')}
        isBusy={isBusy}
        problem={problem}
        onSubmit={async (draft) => {
          const created = await act(draft);
          if (created?.secret) onCreated(created.secret);
        }}
      />
    </Dialog>
  );
}

function columns(): Column<Endpoint>[] {
  return [
    {
      place: 'main',
      title: t('webhooks.url'),
      cell: (endpoint) => (
        <>
          <Link to={`/admin/eventos/webhooks/${endpoint.id}`} class="row-link clip">
            {endpoint.url}
          </Link>
          {endpoint.description && <span class="sub">{endpoint.description}</span>}
        </>
      ),
    },
    { place: 'state', title: t('webhooks.state'), cell: (endpoint) => t(stateOf(endpoint)) },
    {
      place: 'how',
      title: t('webhooks.last24'),
      cell: ({ stats }) =>
        t('webhooks.stats', {
          succeeded: number(stats.succeeded),
          failed: number(stats.failed),
          pending: number(stats.pending),
        }),
    },
  ];
}
