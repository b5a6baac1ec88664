/** The team: who works for the seller, with which roles. Never without an owner; the server sees to that. */

import { useState } from 'preact/hooks';
import { usePages } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { t, word } from '../../i18n';
import { Button } from '../../ui/button';
import { List } from '../../ui/list';
import { Page } from '../../ui/page';
import { Empty } from '../../ui/states';
import { Status } from '../../ui/status';
import type { Column } from '../../ui/table';
import { AccessTabs } from '../access/tabs';
import { moment } from '../moment';
import { useAddress } from '../permissions';
import { InviteDialog, RemoveDialog, RolesDialog } from './member-dialogs';

const MEMBERS = graphql(`
  query Members($first: Int!, $after: String) {
    members(first: $first, after: $after) {
      edges { node { id email roles invitedBy createdAt lastSeenAt } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

export type Member = ResultOf<typeof MEMBERS>['members']['edges'][number]['node'];

type Doing = { what: 'invite' } | { what: 'roles' | 'remove'; member: Member };

export function TeamScreen() {
  const pages = usePages(MEMBERS, {}, (data) => data.members);
  const [doing, setDoing] = useState<Doing | null>(null);
  const address = useAddress();
  const close = () => setDoing(null);
  return (
    <Page title={t('team')} lede={t('team.lede')} aside={<AccessTabs />}>
      <div class="actions before-list">
        <Button look="primary" isSmall onClick={() => setDoing({ what: 'invite' })}>
          {t('team.invite')}
        </Button>
      </div>
      <List
        caption={t('team')}
        pages={pages}
        columns={columnsOf(address, setDoing)}
        failed={t('team.failed')}
        empty={<Empty title={t('team.empty')} text={t('team.emptyText')} />}
      />
      {doing?.what === 'invite' && <InviteDialog onClose={close} />}
      {doing?.what === 'roles' && <RolesDialog member={doing.member} onClose={close} />}
      {doing?.what === 'remove' && (
        <RemoveDialog member={doing.member} isSelf={doing.member.email === address} onClose={close} />
      )}
    </Page>
  );
}

function columnsOf(address: string | null, set: (doing: Doing) => void): Column<Member>[] {
  return [
    {
      place: 'main',
      title: t('team.email'),
      cell: (member) => (
        <>
          {member.email} {member.email === address && <span class="sub">{t('team.you')}</span>}
        </>
      ),
    },
    {
      // What phones cut short is the other one.
      place: 'when',
      title: t('team.roles'),
      cell: (member) => (
        <span class="wraps">{member.roles.map((role) => word('role', role)).join(', ')}</span>
      ),
    },
    {
      place: 'how',
      title: t('team.seen'),
      cell: (member) => (member.lastSeenAt ? moment(member.lastSeenAt) : moment(member.createdAt)),
    },
    {
      place: 'state',
      title: t('column.status'),
      cell: (member) => <Status of="member" value={member.lastSeenAt ? 'ACTIVE' : 'INVITED'} />,
    },
    {
      place: 'action',
      title: '',
      cell: (member) => (
        <span class="row-actions">
          <Button look="link" onClick={() => set({ what: 'roles', member })}>
            {t('team.change')}
          </Button>
          <Button look="link" onClick={() => set({ what: 'remove', member })}>
            {t('team.remove')}
          </Button>
        </span>
      ),
    },
  ];
}
