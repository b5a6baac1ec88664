/** The log of deliveries: searched by state, type and object; each opens with its attempts and its message. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { usePages } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { t, word } from '../../i18n';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Facts } from '../../ui/facts';
import { oneOf, useFilters } from '../../ui/filters';
import { List } from '../../ui/list';
import { FormProblem } from '../../ui/problem';
import { Empty } from '../../ui/states';
import { Status } from '../../ui/status';
import type { Column } from '../../ui/table';
import { moment } from '../moment';
import { useMay } from '../permissions';
import { TYPES, typeText } from './message-types';

const LOG = graphql(`
  query WebhookDeliveries($id: ID!, $filter: WebhookDeliveryFilter, $first: Int!, $after: String) {
    webhookEndpoint(id: $id) {
      id
      deliveries(filter: $filter, first: $first, after: $after) {
        edges {
          node {
            id
            messageId
            type
            objectId
            state
            createdAt
            nextAttemptAt
            attempts { at ms status failure answer }
            message { id body }
          }
        }
        pageInfo { hasNextPage endCursor }
      }
    }
  }
`);
const REPLAY = graphql(`
  mutation RedeliverWebhooks($input: RedeliverWebhooksInput!) {
    redeliverWebhooks(input: $input) { count userErrors { code message field } }
  }
`);

const STATES = ['PENDING', 'SUCCEEDED', 'FAILED'] as const;
const LOOKED_AT_MS = 5_000;
const NOTHING = { edges: [], pageInfo: { hasNextPage: false, endCursor: null } };

type Log = NonNullable<ResultOf<typeof LOG>['webhookEndpoint']>;
type Delivery = Log['deliveries']['edges'][number]['node'];

export function DeliveryLog({ endpointId }: { endpointId: string }) {
  const { chosen, clear, fields } = useFilters([
    oneOf('situacao', t('filter.status'), STATES, 'webhook'),
    {
      name: 'tipo',
      label: t('webhooks.type'),
      options: [['', t('filter.all')], ...TYPES.map((one) => [one, typeText(one)] as const)],
    },
    { name: 'objeto', label: t('webhooks.object'), placeholder: t('webhooks.objectHint') },
  ]);
  const [openId, setOpenId] = useState<string | null>(null);
  const filter = {
    state: chosen<(typeof STATES)[number]>('situacao'),
    type: chosen<(typeof TYPES)[number]>('tipo'),
    objectId: chosen('objeto'),
  };
  const pages = usePages(
    LOG,
    { id: endpointId, filter },
    (data) => data.webhookEndpoint?.deliveries ?? NOTHING,
    {
      everyMs: LOOKED_AT_MS,
    },
  );
  const shown = pages.rows?.find((row) => row.id === openId);
  return (
    <>
      {fields}
      <List
        caption={t('webhooks.log')}
        pages={pages}
        columns={columns((delivery) => setOpenId(delivery.id))}
        failed={t('webhooks.failed')}
        onClear={clear}
        empty={<Empty title={t('webhooks.logEmpty')} text={t('webhooks.logEmptyText')} />}
      />
      {shown && <DeliveryDialog delivery={shown} onClose={() => setOpenId(null)} />}
    </>
  );
}

function columns(open: (delivery: Delivery) => void): Column<Delivery>[] {
  return [
    { place: 'when', title: t('column.when'), cell: (delivery) => moment(delivery.createdAt) },
    {
      place: 'main',
      title: t('webhooks.type'),
      cell: (delivery) => (
        <>
          <button type="button" class="row-link row-button" onClick={() => open(delivery)}>
            {typeText(delivery.type)}
          </button>
          <span class="sub mono clip">{delivery.objectId}</span>
        </>
      ),
    },
    { place: 'how', title: t('webhooks.answer'), cell: answerText },
    {
      place: 'state',
      title: t('column.status'),
      cell: (delivery) => <Status of="webhook" value={delivery.state} />,
    },
  ];
}

function answerText({ attempts }: Pick<Delivery, 'attempts'>): string {
  const last = attempts.at(-1);
  if (!last) return '–';
  return last.status === null ? word('webhookFailure', last.failure ?? '') : `HTTP ${last.status}`;
}

function DeliveryDialog({ delivery, onClose }: { delivery: Delivery; onClose: () => void }) {
  const { act, isBusy, problem } = useAct(REPLAY);
  const may = useMay();
  const replay = async () => {
    if (await act({ deliveryIds: [delivery.id] })) onClose();
  };
  return (
    <Dialog title={typeText(delivery.type)} onClose={onClose} isWide>
      <Facts
        facts={[
          [t('column.status'), <Status of="webhook" value={delivery.state} />],
          [t('webhooks.next'), delivery.nextAttemptAt && moment(delivery.nextAttemptAt)],
          [t('webhooks.id'), <span class="mono">{delivery.messageId}</span>],
          [t('webhooks.object'), <span class="mono">{delivery.objectId}</span>],
          ...delivery.attempts.map(
            (attempt, index) =>
              [
                t('webhooks.attempt', { number: index + 1 }),
                <>
                  {moment(attempt.at)}, {attempt.ms} ms, {answerText({ attempts: [attempt] })}
                  {attempt.answer && <span class="sub mono clip">{attempt.answer}</span>}
                </>,
              ] as const,
          ),
        ]}
      />
      {delivery.message && (
        <section class="stack">
          <h3>{t('webhooks.body')}</h3>
          <pre class="code">{JSON.stringify(JSON.parse(delivery.message.body), null, 2)}</pre>
        </section>
      )}
      <FormProblem problem={problem} />
      <div class="actions">
        {may('WEBHOOKS_WRITE') && (
          <Button look="primary" isBusy={isBusy} onClick={replay}>
            {t('webhooks.replay')}
          </Button>
        )}
        <Button onClick={onClose}>{t('close')}</Button>
      </div>
    </Dialog>
  );
}
