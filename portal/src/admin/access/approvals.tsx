/** Approvals: money that somebody wants to send back, and another person has to let go. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { usePages } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { t, word } from '../../i18n';
import { money } from '../../i18n/format';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Facts } from '../../ui/facts';
import { TextField } from '../../ui/field';
import { List } from '../../ui/list';
import { Page } from '../../ui/page';
import { FormProblem } from '../../ui/problem';
import { Empty } from '../../ui/states';
import { Status } from '../../ui/status';
import type { Column } from '../../ui/table';
import { moment } from '../moment';
import { useSubject } from '../permissions';
import { AccessTabs } from './tabs';

const APPROVALS = graphql(`
  query Approvals($first: Int!, $after: String) {
    approvals(first: $first, after: $after) {
      edges {
        node {
          id kind target reason status askedBy askedAt expiresAt decidedBy decidedAt decisionReason
          amount { amount currency }
        }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
`);
const APPROVE = graphql(`
  mutation Approve($input: ApproveInput!) {
    approve(input: $input) { approval { id status } userErrors { code message field } }
  }
`);
const REJECT = graphql(`
  mutation Reject($input: RejectInput!) {
    reject(input: $input) { approval { id status } userErrors { code message field } }
  }
`);

type Approval = ResultOf<typeof APPROVALS>['approvals']['edges'][number]['node'];

const REASON_CHARS_MAX = 200;

export function ApprovalsScreen() {
  const pages = usePages(APPROVALS, {}, (data) => data.approvals);
  const [openId, setOpenId] = useState<string | null>(null);
  const shown = pages.rows?.find((row) => row.id === openId);
  return (
    <Page title={t('approvals')} lede={t('approvals.lede')} aside={<AccessTabs />}>
      <List
        caption={t('approvals')}
        pages={pages}
        columns={columnsOf((approval) => setOpenId(approval.id))}
        failed={t('approvals.failed')}
        empty={<Empty title={t('approvals.empty')} text={t('approvals.emptyText')} />}
      />
      {shown && <ApprovalDialog approval={shown} onClose={() => setOpenId(null)} />}
    </Page>
  );
}

function columnsOf(open: (approval: Approval) => void): Column<Approval>[] {
  return [
    { place: 'when', title: t('approvals.asked'), cell: (approval) => moment(approval.askedAt) },
    {
      place: 'main',
      title: t('approvals.what'),
      cell: (approval) => (
        <>
          <button type="button" class="row-link row-button" onClick={() => open(approval)}>
            {word('approvalKind', approval.kind)}
          </button>
          {approval.reason && <span class="sub outcome">{approval.reason}</span>}
        </>
      ),
    },
    { place: 'how', title: t('approvals.by'), cell: (approval) => approval.askedBy },
    {
      place: 'state',
      title: t('column.status'),
      cell: (approval) => <Status of="approval" value={approval.status} />,
    },
    { place: 'amount', title: t('column.amount'), cell: (approval) => money(approval.amount) },
  ];
}

function ApprovalDialog({ approval, onClose }: { approval: Approval; onClose: () => void }) {
  return (
    <Dialog title={word('approvalKind', approval.kind)} onClose={onClose}>
      <Facts
        facts={[
          [t('column.amount'), money(approval.amount)],
          [t('column.status'), <Status of="approval" value={approval.status} />],
          [t('approvals.reason'), approval.reason],
          [t('approvals.by'), approval.askedBy],
          [t('approvals.asked'), moment(approval.askedAt)],
          [t('approvals.until'), approval.status === 'WAITING' && moment(approval.expiresAt)],
          [t('approvals.target'), <span class="mono">{approval.target}</span>],
          [t('approvals.decidedBy'), approval.decidedBy],
          [t('approvals.decided'), approval.decidedAt && moment(approval.decidedAt)],
          [t('approvals.decisionReason'), approval.decisionReason],
        ]}
      />
      {approval.status === 'WAITING' ? (
        <Decision approval={approval} onClose={onClose} />
      ) : (
        <div class="actions">
          <Button onClick={onClose}>{t('close')}</Button>
        </div>
      )}
    </Dialog>
  );
}

/** Who asked may take it back; only somebody else may let it go. */
function Decision({ approval, onClose }: { approval: Approval; onClose: () => void }) {
  const isOwn = useSubject() === approval.askedBy;
  const approving = useAct(APPROVE);
  const rejecting = useAct(REJECT);
  const [reason, setReason] = useState('');
  const approve = async () => {
    if (await approving.act({ approvalId: approval.id })) onClose();
  };
  const reject = async () => {
    if (await rejecting.act({ approvalId: approval.id, reason: reason.trim() || null })) onClose();
  };
  return (
    <div class="form">
      {isOwn && <p class="muted">{t('approvals.own')}</p>}
      <TextField label={t('approvals.why')} value={reason} onValue={setReason} maxLength={REASON_CHARS_MAX} />
      <FormProblem problem={approving.problem} />
      <FormProblem problem={rejecting.problem} />
      <div class="actions">
        {!isOwn && (
          <Button look="danger" isBusy={approving.isBusy} disabled={rejecting.isBusy} onClick={approve}>
            {t('approvals.approve', { amount: money(approval.amount) })}
          </Button>
        )}
        <Button isBusy={rejecting.isBusy} disabled={approving.isBusy} onClick={reject}>
          {isOwn ? t('approvals.takeBack') : t('approvals.reject')}
        </Button>
      </div>
    </div>
  );
}
