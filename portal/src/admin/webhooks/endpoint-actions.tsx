/** What can be done with an endpoint: change it, try it out, replace its secret, bring what it missed. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { graphql } from '../../graphql';
import { counted, t } from '../../i18n';
import { navigate } from '../../router';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Select } from '../../ui/field';
import { FormProblem } from '../../ui/problem';
import { EndpointForm } from './endpoint-form';
import { type Endpoint, type MessageType, TYPES, typeText } from './message-types';
import { SecretDialog } from './secret-dialog';

const UPDATE = graphql(`
  mutation UpdateWebhookEndpoint($input: UpdateWebhookEndpointInput!) {
    updateWebhookEndpoint(input: $input) { endpoint { id enabled } userErrors { code message field } }
  }
`);
const DELETE = graphql(`
  mutation DeleteWebhookEndpoint($input: DeleteWebhookEndpointInput!) {
    deleteWebhookEndpoint(input: $input) { deletedId userErrors { code message field } }
  }
`);
const ROTATE = graphql(`
  mutation RotateWebhookSecret($input: RotateWebhookSecretInput!) {
    rotateWebhookSecret(input: $input) { secret userErrors { code message field } }
  }
`);
const TEST = graphql(`
  mutation TestWebhookEndpoint($input: TestWebhookEndpointInput!) {
    testWebhookEndpoint(input: $input) { deliveryId userErrors { code message field } }
  }
`);
const REDELIVER = graphql(`
  mutation RedeliverMissed($input: RedeliverWebhooksInput!) {
    redeliverWebhooks(input: $input) { count userErrors { code message field } }
  }
`);

const OVERLAP_HOURS = 24;
const LOG_MS = 30 * 86_400_000;

type Open = 'edit' | 'rotate' | 'test' | 'missed' | 'delete';
type Props = { endpoint: Endpoint; onClose: () => void };

export function EndpointActions({ endpoint }: { endpoint: Endpoint }) {
  const [open, setOpen] = useState<Open | null>(null);
  const update = useAct(UPDATE);
  const close = () => setOpen(null);
  const toggle = () => void update.act({ endpointId: endpoint.id, enabled: !endpoint.enabled });
  return (
    <>
      <FormProblem problem={update.problem} />
      <div class="actions before-list">
        <Button look={endpoint.enabled ? 'ghost' : 'primary'} isSmall isBusy={update.isBusy} onClick={toggle}>
          {t(endpoint.enabled ? 'webhooks.disable' : 'webhooks.enable')}
        </Button>
        <Button isSmall onClick={() => setOpen('edit')}>
          {t('webhooks.edit')}
        </Button>
        <Button isSmall onClick={() => setOpen('test')}>
          {t('webhooks.test')}
        </Button>
        <Button isSmall onClick={() => setOpen('missed')}>
          {t('webhooks.missed')}
        </Button>
        <Button isSmall onClick={() => setOpen('rotate')}>
          {t('webhooks.rotate')}
        </Button>
        <Button isSmall onClick={() => setOpen('delete')}>
          {t('webhooks.delete')}
        </Button>
      </div>
      {open === 'edit' && <EditDialog endpoint={endpoint} onClose={close} />}
      {open === 'test' && <TestDialog endpoint={endpoint} onClose={close} />}
      {open === 'missed' && <MissedDialog endpoint={endpoint} onClose={close} />}
      {open === 'rotate' && <RotateDialog endpoint={endpoint} onClose={close} />}
      {open === 'delete' && <DeleteDialog endpoint={endpoint} onClose={close} />}
    </>
  );
}

function EditDialog({ endpoint, onClose }: Props) {
  const { act, isBusy, problem } = useAct(UPDATE);
  const { url, description, types, ordered } = endpoint;
  return (
    <Dialog title={t('webhooks.edit')} onClose={onClose} isWide>
      <EndpointForm
        start={{ url, description, types: [...types], ordered }}
        submitText={t('webhooks.save')}
        isBusy={isBusy}
        problem={problem}
        onSubmit={async (draft) => {
          if (await act({ endpointId: endpoint.id, ...draft })) onClose();
        }}
      />
    </Dialog>
  );
}

function TestDialog({ endpoint, onClose }: Props) {
  const { act, isBusy, problem } = useAct(TEST);
  const [type, setType] = useState<string>(endpoint.types[0] ?? 'INVOICE_PAID');
  const send = async () => {
    if (await act({ endpointId: endpoint.id, type: type as MessageType })) onClose();
  };
  return (
    <Dialog title={t('webhooks.test')} onClose={onClose}>
      <Select
        label={t('webhooks.testType')}
        value={type}
        onValue={setType}
        options={TYPES.map((one) => [one, typeText(one)] as const)}
      />
      <FormProblem problem={problem} />
      <div class="actions">
        <Button look="primary" isBusy={isBusy} onClick={send}>
          {t('webhooks.test')}
        </Button>
        <Button onClick={onClose}>{t('back')}</Button>
      </div>
    </Dialog>
  );
}

function MissedDialog({ endpoint, onClose }: Props) {
  const { act, isBusy, problem } = useAct(REDELIVER);
  const [count, setCount] = useState<number | null>(null);
  const send = async () => {
    const end = Date.now();
    const sent = await act({
      endpointId: endpoint.id,
      start: new Date(end - LOG_MS).toISOString(),
      end: new Date(end).toISOString(),
    });
    if (sent) setCount(sent.count ?? 0);
  };
  return (
    <Dialog title={t('webhooks.missed')} onClose={onClose}>
      <p class="muted">{t('webhooks.missedText')}</p>
      {count !== null && <p role="status">{counted('webhooks.missedSent', count)}</p>}
      <FormProblem problem={problem} />
      <div class="actions">
        {count === null && (
          <Button look="primary" isBusy={isBusy} onClick={send}>
            {t('webhooks.missed')}
          </Button>
        )}
        <Button onClick={onClose}>{t(count === null ? 'back' : 'close')}</Button>
      </div>
    </Dialog>
  );
}

function RotateDialog({ endpoint, onClose }: Props) {
  const { act, isBusy, problem } = useAct(ROTATE, { once: true });
  const [secret, setSecret] = useState<string | null>(null);
  const rotate = async () => {
    const rotated = await act({ endpointId: endpoint.id, overlapHours: OVERLAP_HOURS });
    if (rotated?.secret) setSecret(rotated.secret);
  };
  if (secret) return <SecretDialog secret={secret} onClose={onClose} />;
  return (
    <Dialog title={t('webhooks.rotate')} onClose={onClose}>
      <p class="muted">{t('webhooks.rotateText')}</p>
      <FormProblem problem={problem} />
      <div class="actions">
        <Button look="primary" isBusy={isBusy} onClick={rotate}>
          {t('webhooks.rotate')}
        </Button>
        <Button onClick={onClose}>{t('back')}</Button>
      </div>
    </Dialog>
  );
}

function DeleteDialog({ endpoint, onClose }: Props) {
  const { act, isBusy, problem } = useAct(DELETE);
  const remove = async () => {
    if (await act({ endpointId: endpoint.id })) navigate('/admin/eventos/webhooks');
  };
  return (
    <Dialog title={t('webhooks.delete')} onClose={onClose}>
      <p class="muted">{t('webhooks.deleteText', { url: endpoint.url })}</p>
      <FormProblem problem={problem} />
      <div class="actions">
        <Button look="danger" isBusy={isBusy} onClick={remove}>
          {t('webhooks.delete')}
        </Button>
        <Button onClick={onClose}>{t('back')}</Button>
      </div>
    </Dialog>
  );
}
