/** The sandbox's mailbox: what customers would have got, as the clock brings it. */

import { usePages } from '../../api/asking';
import { graphql } from '../../graphql';
import { t } from '../../i18n';
import { Link } from '../../router';
import { List } from '../../ui/list';
import { Page } from '../../ui/page';
import { Empty } from '../../ui/states';
import type { Column } from '../../ui/table';
import { moment } from '../moment';

export const MAILBOX = '/sandbox/mail';

const MAILS = graphql(`
  query Mails($first: Int!, $after: String) {
    mails(first: $first, after: $after) {
      edges { node { id kind to subject state at } }
      pageInfo { hasNextPage endCursor }
    }
  }
`);

type Row = NonNullable<ReturnType<typeof useMails>['rows']>[number];

function useMails() {
  return usePages(MAILS, {}, (data) => data.mails);
}

export function MailboxScreen() {
  const pages = useMails();
  return (
    <Page title={t('mails')} lede={t('mails.lede')}>
      <List
        caption={t('mails')}
        pages={pages}
        columns={columns()}
        failed={t('mails.failed')}
        empty={<Empty title={t('mails.empty')} text={t('mails.emptyText')} />}
      />
    </Page>
  );
}

function columns(): Column<Row>[] {
  return [
    { place: 'when', title: t('column.date'), cell: (mail) => moment(mail.at) },
    {
      place: 'main',
      title: t('mails.subject'),
      cell: (mail) => (
        <>
          <Link to={`${MAILBOX}/${mail.id}`} class="row-link">
            {mail.subject ?? t(`mailKind.${mail.kind}`)}
          </Link>
          <span class="sub">{mail.to}</span>
        </>
      ),
    },
    { place: 'state', title: t('column.status'), cell: (mail) => t(`mailState.${mail.state}`) },
  ];
}
