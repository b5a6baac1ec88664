/** Mails as rows: in the sandbox's mailbox, and of one customer. */

import { type FragmentOf, graphql } from '../../graphql';
import { t } from '../../i18n';
import { Link } from '../../router';
import { Status } from '../../ui/status';
import type { Column } from '../../ui/table';
import { moment } from '../moment';

export const MAILBOX = '/sandbox/mail';

export const MAIL_ROW = graphql(`
  fragment MailRow on Mail @_unmask { id kind to subject state at }
`);

type MailRow = FragmentOf<typeof MAIL_ROW>;

export function mailColumns(): Column<MailRow>[] {
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
    {
      place: 'state',
      title: t('column.status'),
      cell: (mail) => <Status of="mailState" value={mail.state} />,
    },
  ];
}
