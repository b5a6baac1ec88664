/** The audit log: what people, keys and commands did, with what differed before and after. */

import { useState } from 'preact/hooks';
import { usePages } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { t, word } from '../../i18n';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Facts } from '../../ui/facts';
import { useFilters } from '../../ui/filters';
import { List } from '../../ui/list';
import { Page } from '../../ui/page';
import { Empty } from '../../ui/states';
import type { Column } from '../../ui/table';
import { moment } from '../moment';
import { AccessTabs } from './tabs';

const ACTS = graphql(`
  query Acts($filter: OperationFilter, $first: Int!, $after: String) {
    auditLog(filter: $filter, first: $first, after: $after) {
      edges { node { id at actor via address requestId action target before after seq } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

type Act = ResultOf<typeof ACTS>['auditLog']['edges'][number]['node'];

export function ActsScreen() {
  const { chosen, clear, fields } = useFilters([
    { name: 'quem', label: t('acts.actor') },
    { name: 'objeto', label: t('acts.target') },
  ]);
  const filter = { actor: chosen('quem'), target: chosen('objeto') };
  const pages = usePages(ACTS, { filter }, (data) => data.auditLog);
  const [openId, setOpenId] = useState<string | null>(null);
  const shown = pages.rows?.find((row) => row.id === openId);
  return (
    <Page title={t('acts')} lede={t('acts.lede')} aside={<AccessTabs />}>
      {fields}
      <List
        caption={t('acts')}
        pages={pages}
        columns={columnsOf((act) => setOpenId(act.id))}
        failed={t('acts.failed')}
        onClear={clear}
        empty={<Empty title={t('acts.empty')} text={t('acts.emptyText')} />}
      />
      {shown && <ActDialog act={shown} onClose={() => setOpenId(null)} />}
    </Page>
  );
}

function columnsOf(open: (act: Act) => void): Column<Act>[] {
  return [
    { place: 'when', title: t('column.when'), cell: (act) => moment(act.at) },
    {
      place: 'main',
      title: t('acts.action'),
      cell: (act) => (
        <button type="button" class="row-link row-button" onClick={() => open(act)}>
          {actText(act)}
        </button>
      ),
    },
    { place: 'how', title: t('acts.actor'), cell: (act) => <span class="clip">{act.actor}</span> },
    { place: 'state', title: t('acts.via'), cell: (act) => word('via', act.via) },
    {
      place: 'action',
      title: t('acts.target'),
      // Phones have it in the dialog.
      cell: (act) => <span class="if-wide mono clip">{act.target}</span>,
    },
  ];
}

function ActDialog({ act, onClose }: { act: Act; onClose: () => void }) {
  return (
    <Dialog title={actText(act)} onClose={onClose} isWide>
      <Facts
        facts={[
          [t('acts.actor'), <span class="mono">{act.actor}</span>],
          [t('acts.via'), word('via', act.via)],
          [t('acts.address'), act.address],
          [t('column.when'), moment(act.at)],
          [t('acts.target'), <span class="mono">{act.target}</span>],
          [t('acts.request'), act.requestId && <span class="mono">{act.requestId}</span>],
          [t('acts.seq'), act.seq],
        ]}
      />
      <Side title={t('acts.before')} value={act.before} />
      <Side title={t('acts.after')} value={act.after} />
      <div class="actions">
        <Button onClick={onClose}>{t('close')}</Button>
      </div>
    </Dialog>
  );
}

function Side({ title, value }: { title: string; value: unknown }) {
  if (value === null || value === undefined) return null;
  return (
    <section class="stack">
      <h3>{title}</h3>
      <pre class="code">{JSON.stringify(value, null, 2)}</pre>
    </section>
  );
}

/** Billing's events have names of their own. */
function actText({ action, seq }: Act): string {
  return seq === null ? word('event', action.toUpperCase()) : word('act', action);
}
