/** The sandbox's mailbox: what customers would have got, as the clock brings it. */

import { usePages } from '../../api/asking';
import { graphql } from '../../graphql';
import { t } from '../../i18n';
import { List } from '../../ui/list';
import { Page } from '../../ui/page';
import { Empty } from '../../ui/states';
import { MAIL_ROW, mailColumns } from './mail-rows';

const MAILS = graphql(
  `
    query Mails($first: Int!, $after: String) {
      mails(first: $first, after: $after) {
        edges { node { ...MailRow } }
        pageInfo { hasNextPage endCursor }
      }
    }
  `,
  [MAIL_ROW],
);

export function MailboxScreen() {
  const pages = usePages(MAILS, {}, (data) => data.mails);
  return (
    <Page title={t('mails')} lede={t('mails.lede')}>
      <List
        caption={t('mails')}
        pages={pages}
        columns={mailColumns()}
        failed={t('mails.failed')}
        empty={<Empty title={t('mails.empty')} text={t('mails.emptyText')} />}
      />
    </Page>
  );
}
