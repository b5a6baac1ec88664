/** Dead letters: events that kept failing by their own fault, for a person to decide about. */

import { useState } from 'preact/hooks';
import { useAct } from '../api/acting';
import { usePages } from '../api/asking';
import { graphql } from '../graphql';
import { counted, t, word } from '../i18n';
import { Button, ButtonLink } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { TextField } from '../ui/field';
import { List } from '../ui/list';
import { Page } from '../ui/page';
import { FormProblem } from '../ui/problem';
import { Empty } from '../ui/states';
import type { Column } from '../ui/table';
import { EVENT, EventDialog, type EventRow } from './event-rows';
import { EventTabs } from './event-tabs';
import { moment } from './moment';
import { useMay } from './permissions';

const DEAD = graphql(
  `
    query DeadLetters($first: Int!, $after: String) {
      deadLetters(first: $first, after: $after) {
        edges { node { ...EventRow } }
        pageInfo { hasNextPage endCursor }
      }
    }
  `,
  [EVENT],
);
const REPLAY = graphql(`
  mutation ReplayDeadLetters($input: ReplayDeadLettersInput!) {
    replayDeadLetters(input: $input) { events { id dead } userErrors { code message field } }
  }
`);
const DISCARD = graphql(`
  mutation DiscardDeadLetters($input: DiscardDeadLettersInput!) {
    discardDeadLetters(input: $input) { events { id dead } userErrors { code message field } }
  }
`);

type Asked = { what: 'replay' | 'discard'; ids: string[] };

export function DeadLettersScreen() {
  const pages = usePages(DEAD, {}, (data) => data.deadLetters);
  const [openId, setOpenId] = useState<string | null>(null);
  const [asked, ask] = useState<Asked | null>(null);
  const replay = useAct(REPLAY);
  const canDecide = useMay()('EVENTS_WRITE');
  const ids = pages.rows?.map((row) => row.id) ?? [];
  const columns = columnsOf({
    open: (event) => setOpenId(event.id),
    replay: (event) => void replay.act({ ids: [event.id] }),
    discard: (event) => ask({ what: 'discard', ids: [event.id] }),
  });
  return (
    <Page title={t('dead')} lede={t('dead.lede')} aside={<EventTabs />}>
      <FormProblem problem={replay.problem} />
      {canDecide && ids.length > 1 && (
        <div class="actions before-list">
          <Button look="primary" isSmall onClick={() => ask({ what: 'replay', ids })}>
            {counted('dead.replayAll', ids.length)}
          </Button>
          <Button isSmall onClick={() => ask({ what: 'discard', ids })}>
            {counted('dead.discardAll', ids.length)}
          </Button>
        </div>
      )}
      <List
        caption={t('dead')}
        pages={pages}
        columns={canDecide ? columns : columns.filter((column) => column.place !== 'action')}
        failed={t('dead.failed')}
        empty={
          <Empty title={t('dead.empty')} text={t('dead.emptyText')}>
            <ButtonLink to="/admin/eventos" isSmall>
              {t('dead.seeEvents')}
            </ButtonLink>
          </Empty>
        }
      />
      {openId && <EventDialog key={openId} eventId={openId} onClose={() => setOpenId(null)} />}
      {asked?.what === 'replay' && <ReplayDialog ids={asked.ids} onClose={() => ask(null)} />}
      {asked?.what === 'discard' && <DiscardDialog ids={asked.ids} onClose={() => ask(null)} />}
    </Page>
  );
}

type Choices = Record<'open' | 'replay' | 'discard', (event: EventRow) => void>;

function columnsOf({ open, replay, discard }: Choices): Column<EventRow>[] {
  return [
    { place: 'when', title: t('column.when'), cell: (event) => moment(event.occurredAt) },
    {
      place: 'main',
      title: t('column.event'),
      cell: (event) => (
        <button type="button" class="row-link row-button" onClick={() => open(event)}>
          {word('event', event.type)}
        </button>
      ),
    },
    {
      place: 'how',
      title: t('event.error'),
      cell: (event) => <span class="mono clip">{event.lastError}</span>,
    },
    {
      place: 'amount',
      title: t('event.tries'),
      cell: (event) => (
        <>
          {event.tries}
          <span class="if-narrow"> {t(event.tries === 1 ? 'event.tryUnit' : 'event.triesUnit')}</span>
        </>
      ),
    },
    {
      place: 'action',
      title: '',
      cell: (event) => (
        <span class="row-actions">
          <Button look="link" onClick={() => replay(event)}>
            {t('dead.replay')}
          </Button>
          <Button look="link" onClick={() => discard(event)}>
            {t('dead.discard')}
          </Button>
        </span>
      ),
    },
  ];
}

type DecisionProps = { ids: string[]; onClose: () => void };

function ReplayDialog({ ids, onClose }: DecisionProps) {
  const { act, isBusy, problem } = useAct(REPLAY);
  const replay = async () => {
    if (await act({ ids })) onClose();
  };
  return (
    <Dialog title={counted('dead.replayAll', ids.length)} onClose={onClose}>
      <p class="muted">{t('dead.replayText')}</p>
      <FormProblem problem={problem} />
      <div class="actions">
        <Button look="primary" isBusy={isBusy} onClick={replay}>
          {t('dead.replay')}
        </Button>
        <Button onClick={onClose}>{t('back')}</Button>
      </div>
    </Dialog>
  );
}

function DiscardDialog({ ids, onClose }: DecisionProps) {
  const { act, isBusy, problem } = useAct(DISCARD);
  const [reason, setReason] = useState('');
  const discard = async () => {
    if (await act({ ids, reason: reason.trim() || null })) onClose();
  };
  return (
    <Dialog title={counted('dead.discardAll', ids.length)} onClose={onClose}>
      <p class="muted">{t('dead.discardText')}</p>
      <TextField label={t('dead.reason')} value={reason} onValue={setReason} maxLength={200} />
      <FormProblem problem={problem} />
      <div class="actions">
        <Button look="danger" isBusy={isBusy} onClick={discard}>
          {t('dead.discard')}
        </Button>
        <Button onClick={onClose}>{t('back')}</Button>
      </div>
    </Dialog>
  );
}
