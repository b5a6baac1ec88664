/** API keys: what the seller's services are known by. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { usePages } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { t, word } from '../../i18n';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { List } from '../../ui/list';
import { Page } from '../../ui/page';
import { FormProblem } from '../../ui/problem';
import { Empty } from '../../ui/states';
import { Status } from '../../ui/status';
import type { Column } from '../../ui/table';
import { moment } from '../moment';
import { KeyDialog } from './key-form';
import { AccessTabs } from './tabs';

const KEYS = graphql(`
  query ApiKeys($first: Int!, $after: String) {
    apiKeys(first: $first, after: $after) {
      edges { node { id name hint scopes expiresAt revokedAt lastUsedAt } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const REVOKE = graphql(`
  mutation RevokeApiKey($input: RevokeApiKeyInput!) {
    revokeApiKey(input: $input) { apiKey { id revokedAt } userErrors { code message field } }
  }
`);

type ApiKey = ResultOf<typeof KEYS>['apiKeys']['edges'][number]['node'];

export function KeysScreen() {
  const pages = usePages(KEYS, {}, (data) => data.apiKeys);
  const [isMaking, setMaking] = useState(false);
  const [leaving, setLeaving] = useState<ApiKey | null>(null);
  const make = () => setMaking(true);
  return (
    <Page title={t('keys')} lede={t('keys.lede')} aside={<AccessTabs />}>
      <div class="actions before-list">
        <Button look="primary" isSmall onClick={make}>
          {t('keys.new')}
        </Button>
      </div>
      <List
        caption={t('keys')}
        pages={pages}
        columns={columnsOf(setLeaving)}
        failed={t('keys.failed')}
        empty={<Empty title={t('keys.empty')} text={t('keys.emptyText')} />}
      />
      {isMaking && <KeyDialog onClose={() => setMaking(false)} />}
      {leaving && <RevokeDialog apiKey={leaving} onClose={() => setLeaving(null)} />}
    </Page>
  );
}

function columnsOf(revoke: (apiKey: ApiKey) => void): Column<ApiKey>[] {
  return [
    {
      place: 'main',
      title: t('keys.name'),
      cell: (apiKey) => (
        <>
          {apiKey.name} <span class="sub mono">{apiKey.hint}</span>
        </>
      ),
    },
    {
      place: 'how',
      title: t('keys.scopes'),
      cell: (apiKey) => apiKey.scopes.map((scope) => word('permission', scope)).join(', '),
    },
    {
      place: 'when',
      title: t('keys.used'),
      cell: (apiKey) => (apiKey.lastUsedAt ? moment(apiKey.lastUsedAt) : t('keys.unused')),
    },
    {
      place: 'state',
      title: t('column.status'),
      cell: (apiKey) => <Status of="apiKey" value={stateOf(apiKey)} />,
    },
    {
      place: 'action',
      title: '',
      cell: (apiKey) =>
        stateOf(apiKey) === 'VALID' && (
          <Button look="link" onClick={() => revoke(apiKey)}>
            {t('keys.revoke')}
          </Button>
        ),
    },
  ];
}

function stateOf({ revokedAt, expiresAt }: ApiKey): 'VALID' | 'EXPIRED' | 'REVOKED' {
  if (revokedAt) return 'REVOKED';
  return expiresAt && Date.parse(expiresAt) <= Date.now() ? 'EXPIRED' : 'VALID';
}

function RevokeDialog({ apiKey, onClose }: { apiKey: ApiKey; onClose: () => void }) {
  const { act, isBusy, problem } = useAct(REVOKE);
  const revoke = async () => {
    if (await act({ keyId: apiKey.id })) onClose();
  };
  return (
    <Dialog title={t('keys.revokeTitle', { name: apiKey.name })} onClose={onClose}>
      <p class="muted">{t('keys.revokeText')}</p>
      <FormProblem problem={problem} />
      <div class="actions">
        <Button look="danger" isBusy={isBusy} onClick={revoke}>
          {t('keys.revoke')}
        </Button>
        <Button onClick={onClose}>{t('back')}</Button>
      </div>
    </Dialog>
  );
}
