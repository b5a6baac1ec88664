/** What one customer may use, and what an operator gives them of it, whatever their plans say. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { useAsk } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { t } from '../../i18n';
import { date, number } from '../../i18n/format';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { TextField } from '../../ui/field';
import { Section } from '../../ui/page';
import { FormProblem, fieldErrors } from '../../ui/problem';
import { Empty, Failed, Skeleton } from '../../ui/states';
import { type Column, Table } from '../../ui/table';
import { Allowed, useMay } from '../permissions';
import { OverrideDialog } from './override-dialog';

const RIGHTS = graphql(`
  query CustomerRights($id: ID!) {
    entitlements(customer: { id: $id }) {
      items {
        feature
        allowed
        limit
        unlimited
        used
        overLimit
        kind
        config
        override { until reason }
      }
    }
  }
`);
const END = graphql(`
  mutation EndOverride($input: EndEntitlementOverrideInput!) {
    endEntitlementOverride(input: $input) { entitlements { version } userErrors { code message field } }
  }
`);

type Right = ResultOf<typeof RIGHTS>['entitlements']['items'][number];
type Row = Right & { id: string };

export function RightsSection({ customerId }: { customerId: string }) {
  const may = useMay();
  const answer = useAsk(RIGHTS, { id: customerId }, { pause: !may('ENTITLEMENTS_READ') });
  const [isGiving, setGiving] = useState(false);
  const [ending, setEnding] = useState<string | null>(null);
  if (!may('ENTITLEMENTS_READ')) return null;
  const rows = answer.data?.entitlements.items.map((one) => ({ ...one, id: one.feature }));
  return (
    <Section
      title={t('rights')}
      isRuled
      aside={
        <Allowed to="SUBSCRIPTIONS_WRITE">
          <Button isSmall onClick={() => setGiving(true)}>
            {t('rights.give')}
          </Button>
        </Allowed>
      }
    >
      {!rows ? (
        answer.failure ? (
          <Failed what={t('rights.failed')} failure={answer.failure} onRetry={answer.retry} />
        ) : (
          <Skeleton rows={3} />
        )
      ) : rows.length ? (
        <Table
          caption={t('rights')}
          rows={rows}
          columns={columnsOf(may('SUBSCRIPTIONS_WRITE') ? setEnding : null)}
        />
      ) : (
        <Empty title={t('rights.empty')} text={t('rights.emptyText')} />
      )}
      {isGiving && <OverrideDialog customerId={customerId} onClose={() => setGiving(false)} />}
      {ending !== null && (
        <EndDialog customerId={customerId} feature={ending} onClose={() => setEnding(null)} />
      )}
    </Section>
  );
}

function columnsOf(end: ((feature: string) => void) | null): Column<Row>[] {
  const columns: Column<Row>[] = [
    { place: 'main', title: t('rights.feature'), cell: (one) => <span class="mono">{one.feature}</span> },
    { place: 'amount', title: t('rights.use'), cell: useText },
    { place: 'how', title: t('column.note'), cell: noteText },
    { place: 'state', title: t('rights.may'), cell: (one) => t(one.allowed ? 'rights.yes' : 'rights.no') },
  ];
  if (!end) return columns;
  const actions: Column<Row> = {
    place: 'action',
    title: '',
    cell: (one) =>
      one.override && (
        <Button look="link" onClick={() => end(one.feature)}>
          {t('rights.end')}
        </Button>
      ),
  };
  return [...columns, actions];
}

/** "27 de 30", "12 de sem limite", or a value as JSON. */
function useText(one: Right) {
  if (one.kind === 'CONFIG') return <span class="mono">{JSON.stringify(one.config)}</span>;
  if (one.kind === 'BOOLEAN') return '';
  const limit = one.unlimited ? t('rights.unlimited') : number(one.limit ?? 0);
  return t('rights.useOf', { used: number(one.used), limit });
}

function noteText({ override, overLimit }: Right): string {
  const until = override?.until ? t('rights.untilDay', { day: date(override.until) }) : t('rights.forGood');
  return [
    overLimit > 0 && t('rights.overLimit', { count: number(overLimit) }),
    override && t('rights.override', { until, reason: override.reason }),
  ]
    .filter(Boolean)
    .join('; ');
}

type EndDialogProps = { customerId: string; feature: string; onClose: () => void };

function EndDialog({ customerId, feature, onClose }: EndDialogProps) {
  const { act, isBusy, problem } = useAct(END, { once: true });
  const [reason, setReason] = useState('');
  const [isMissing, setMissing] = useState(false);
  const errors = fieldErrors(problem.errors, ['reason']);
  const end = async (event: SubmitEvent) => {
    event.preventDefault();
    setMissing(!reason.trim());
    if (!isBusy && reason.trim() && (await act({ customerId, feature, reason }))) onClose();
  };
  return (
    <Dialog title={t('rights.endTitle', { feature })} onClose={onClose}>
      <form class="form" onSubmit={end} noValidate>
        <p class="muted">{t('rights.endText')}</p>
        <TextField
          label={t('rights.reason')}
          value={reason}
          error={isMissing ? t('rights.reasonMissing') : errors.reason}
          onValue={setReason}
          required
        />
        <FormProblem problem={problem} fields={['reason']} />
        <div class="actions">
          <Button type="submit" look="danger" isBusy={isBusy}>
            {t('rights.end')}
          </Button>
          <Button onClick={onClose}>{t('back')}</Button>
        </div>
      </form>
    </Dialog>
  );
}
