/** Which mails customers get, and when: one row a kind, each switched on or off, with the days it goes out on. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { useAsk } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { counted, t, word } from '../../i18n';
import { Button } from '../../ui/button';
import { Segments } from '../../ui/choice';
import { TextField } from '../../ui/field';
import { Page } from '../../ui/page';
import { fieldErrors } from '../../ui/problem';
import { Failed, Skeleton } from '../../ui/states';
import { Status } from '../../ui/status';
import { type Column, Table } from '../../ui/table';
import { ActDialog } from '../act-dialog';
import { EventTabs } from '../event-tabs';
import { useMay } from '../permissions';

const RULES = graphql(`
  query MailRules { mailRules { kind enabled days } }
`);
const UPDATE = graphql(`
  mutation UpdateMailRules($input: UpdateMailRulesInput!) {
    updateMailRules(input: $input) { rules { kind enabled days } userErrors { code message field } }
  }
`);

type Rule = ResultOf<typeof RULES>['mailRules'][number];

const DAYS_CHARS_MAX = 40;
/** Their days are settings of the server. */
const AHEAD = new Set<string>(['TRIAL_ENDING', 'RENEWAL_AHEAD']);
const FIELDS = ['days'] as const;

export function MailRulesScreen() {
  const { data, failure, retry } = useAsk(RULES, {});
  const [changing, setChanging] = useState<Rule | null>(null);
  const mayChange = useMay()('INVOICES_WRITE');
  return (
    <Page title={t('mailRules')} lede={t('mailRules.lede')} aside={<EventTabs />}>
      {data ? (
        <Table
          caption={t('mailRules')}
          rows={data.mailRules.map((rule) => ({ ...rule, id: rule.kind }))}
          columns={columnsOf(mayChange ? setChanging : null)}
        />
      ) : failure ? (
        <Failed what={t('mailRules.failed')} failure={failure} onRetry={retry} />
      ) : (
        <Skeleton rows={6} />
      )}
      {changing && <RuleDialog rule={changing} onClose={() => setChanging(null)} onDone={retry} />}
    </Page>
  );
}

function columnsOf(change: ((rule: Rule) => void) | null): Column<Rule & { id: string }>[] {
  const columns: Column<Rule & { id: string }>[] = [
    { place: 'main', title: t('mailRules.kind'), cell: (rule) => word('mailKind', rule.kind) },
    {
      place: 'when',
      title: t('mailRules.when'),
      cell: (rule) => <span class="wraps">{whenText(rule)}</span>,
    },
    {
      place: 'state',
      title: t('column.status'),
      cell: (rule) => <Status of="mailRule" value={rule.enabled ? 'ON' : 'OFF'} />,
    },
  ];
  if (!change) return columns;
  return [
    ...columns,
    {
      place: 'action',
      title: '',
      cell: (rule) => (
        <Button look="link" onClick={() => change(rule)}>
          {t('mailRules.change')}
        </Button>
      ),
    },
  ];
}

function whenText({ kind, days }: Rule): string {
  if (days.length) return days.map(dayText).join(', ');
  return t(AHEAD.has(kind) ? 'mailRules.ahead' : 'mailRules.atOnce');
}

function dayText(day: number): string {
  if (!day) return t('mailRules.onDay');
  return day < 0 ? counted('mailRules.before', -day) : t('mailRules.after', { days: day });
}

type RuleDialogProps = { rule: Rule; onClose: () => void; onDone: () => void };

function RuleDialog({ rule, onClose, onDone }: RuleDialogProps) {
  const act = useAct(UPDATE, { once: true });
  const [enabled, setEnabled] = useState<'ON' | 'OFF'>(rule.enabled ? 'ON' : 'OFF');
  const [days, setDays] = useState(rule.days.join(', '));
  const [isWrong, setWrong] = useState(false);
  const error = fieldErrors(act.problem.errors, FIELDS).days;
  const save = async () => {
    const given = days
      .split(/[\s,;]+/)
      .filter(Boolean)
      .map(Number);
    const isReadable = given.every(Number.isInteger);
    setWrong(!isReadable);
    if (!isReadable) return;
    if (await act.act({ rules: [{ kind: rule.kind, enabled: enabled === 'ON', days: given }] })) {
      onDone();
      onClose();
    }
  };
  return (
    <ActDialog
      title={word('mailKind', rule.kind)}
      confirm={t('mailRules.save')}
      act={act}
      fields={FIELDS}
      onAct={save}
      onClose={onClose}
    >
      <Segments
        legend={t('mailRules.send')}
        value={enabled}
        showsLegend
        options={[
          { value: 'ON', label: t('mailRule.ON') },
          { value: 'OFF', label: t('mailRule.OFF') },
        ]}
        onValue={setEnabled}
      />
      {rule.days.length > 0 && (
        <TextField
          label={t('mailRules.days')}
          hint={word('mailRuleDays', rule.kind)}
          value={days}
          error={isWrong ? t('mailRules.wrong') : error}
          onValue={setDays}
          maxLength={DAYS_CHARS_MAX}
        />
      )}
    </ActDialog>
  );
}
