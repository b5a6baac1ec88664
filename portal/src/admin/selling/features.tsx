/** The register of features: how each is counted, and those that nobody is given any more. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { useAsk } from '../../api/asking';
import { graphql, type ResultOf } from '../../graphql';
import { t, word } from '../../i18n';
import { Button } from '../../ui/button';
import { Checks } from '../../ui/choice';
import { Dialog } from '../../ui/dialog';
import { Select, TextField } from '../../ui/field';
import { Page } from '../../ui/page';
import { Pending } from '../../ui/pending';
import { FormProblem, fieldErrors } from '../../ui/problem';
import { Empty } from '../../ui/states';
import { Status } from '../../ui/status';
import { type Column, Table } from '../../ui/table';
import { Allowed, useMay } from '../permissions';
import { PlanTabs } from '../plan-tabs';

const FEATURES = graphql(`
  query AdminFeatures { features { key name kind combination perUnit reset overage archived } }
`);
const REGISTER = graphql(`
  mutation RegisterFeature($input: RegisterFeatureInput!) {
    registerFeature(input: $input) { feature { key } userErrors { code message field } }
  }
`);
const ARCHIVE = graphql(`
  mutation ArchiveFeature($input: ArchiveFeatureInput!) {
    archiveFeature(input: $input) { feature { key archived } userErrors { code message field } }
  }
`);

type Feature = ResultOf<typeof FEATURES>['features'][number];
type Row = Feature & { id: string };
type Opened = { act: 'edit' | 'archive'; feature: Feature };

const KEY_CHARS_MAX = 120;
const FIELDS = ['key', 'name'] as const;
const KINDS = ['LIMIT', 'METERED', 'BOOLEAN', 'CONFIG'] as const;
const RESETS = ['NEVER', 'PERIOD', 'MONTH', 'DAY'] as const;

const NO_FEATURE: Feature = {
  key: '',
  name: '',
  kind: 'LIMIT',
  combination: 'SUM',
  perUnit: false,
  reset: 'NEVER',
  overage: 'BLOCK',
  archived: false,
};

export function FeaturesScreen() {
  const answer = useAsk(FEATURES, {});
  const [isNew, setNew] = useState(false);
  const [opened, setOpened] = useState<Opened | null>(null);
  const canEdit = useMay()('PLANS_WRITE');
  if (!answer.data) return <Pending answer={answer} title={t('features')} failed={t('features.failed')} />;
  const rows = answer.data.features.map((one) => ({ ...one, id: one.key }));
  const close = () => setOpened(null);
  return (
    <Page title={t('features')} lede={t('features.lede')} aside={<PlanTabs />}>
      <Allowed to="PLANS_WRITE">
        <div class="actions before-list">
          <Button look="primary" isSmall onClick={() => setNew(true)}>
            {t('features.new')}
          </Button>
        </div>
      </Allowed>
      {rows.length ? (
        <Table caption={t('features')} rows={rows} columns={columnsOf(canEdit ? setOpened : null)} />
      ) : (
        <Empty title={t('features.empty')} text={t('features.emptyText')} />
      )}
      {isNew && <FeatureDialog onClose={() => setNew(false)} />}
      {opened?.act === 'edit' && <FeatureDialog feature={opened.feature} onClose={close} />}
      {opened?.act === 'archive' && <ArchiveDialog feature={opened.feature} onClose={close} />}
    </Page>
  );
}

function columnsOf(open: ((opened: Opened) => void) | null): Column<Row>[] {
  const columns: Column<Row>[] = [
    {
      place: 'main',
      title: t('features.key'),
      cell: (one) => (
        <>
          <span class="mono">{one.key}</span> {one.name && <span class="sub">{one.name}</span>}
        </>
      ),
    },
    { place: 'amount', title: t('features.kind'), cell: (one) => word('featureKind', one.kind) },
    { place: 'how', title: t('features.rules'), cell: rulesText },
    {
      place: 'state',
      title: t('column.status'),
      cell: (one) => <Status of="feature" value={one.archived ? 'ARCHIVED' : 'OPEN'} />,
    },
  ];
  if (!open) return columns;
  const actions: Column<Row> = {
    place: 'action',
    title: '',
    cell: (feature) => (
      <span class="row-actions">
        <Button look="link" onClick={() => open({ act: 'edit', feature })}>
          {t('features.edit')}
        </Button>
        {!feature.archived && (
          <Button look="link" onClick={() => open({ act: 'archive', feature })}>
            {t('features.archive')}
          </Button>
        )}
      </span>
    ),
  };
  return [...columns, actions];
}

/** "somam, recomeça todo mês, para no limite"; what is there or not, or a value, is not counted. */
function rulesText(feature: Feature): string {
  if (!isCounted(feature)) return '';
  return [
    word('features.combination', feature.combination),
    feature.reset !== 'NEVER' && t('features.resets', { when: word('featureReset', feature.reset) }),
    word('featureOverage', feature.overage),
  ]
    .filter(Boolean)
    .join(', ');
}

function isCounted({ kind }: Feature): boolean {
  return kind === 'LIMIT' || kind === 'METERED';
}

function FeatureDialog({ feature, onClose }: { feature?: Feature; onClose: () => void }) {
  const { act, isBusy, problem } = useAct(REGISTER);
  const [draft, setDraft] = useState(feature ?? NO_FEATURE);
  const [keyMissing, setKeyMissing] = useState(false);
  const errors = {
    ...fieldErrors(problem.errors, FIELDS),
    ...(keyMissing && { key: t('features.keyMissing') }),
  };
  const set = (changed: Partial<Feature>) => setDraft({ ...draft, ...changed });
  const save = async (event: SubmitEvent) => {
    event.preventDefault();
    const { kind, combination, perUnit, reset, overage } = draft;
    const key = draft.key.trim();
    const given = { key, name: draft.name.trim(), kind, combination, perUnit, reset, overage };
    setKeyMissing(!given.key);
    if (!isBusy && given.key && (await act(given))) onClose();
  };
  return (
    <Dialog
      title={feature ? t('features.editTitle', { name: feature.name || feature.key }) : t('features.new')}
      onClose={onClose}
      isWide
    >
      <form class="form" onSubmit={save} noValidate>
        {!feature && (
          <TextField
            label={t('features.key')}
            hint={t('features.keyHint')}
            value={draft.key}
            error={errors.key}
            onValue={(key) => set({ key })}
            maxLength={KEY_CHARS_MAX}
            required
          />
        )}
        <TextField
          label={t('features.name')}
          value={draft.name}
          error={errors.name}
          onValue={(name) => set({ name })}
          maxLength={KEY_CHARS_MAX}
        />
        <Select
          label={t('features.kind')}
          value={draft.kind}
          onValue={(kind) => set({ kind: kind as Feature['kind'] })}
          options={KINDS.map((one) => [one, word('featureKind', one)] as const)}
        />
        {isCounted(draft) && <Counting of={draft} set={set} />}
        <FormProblem problem={problem} fields={FIELDS} />
        <div class="actions">
          <Button type="submit" look="primary" isBusy={isBusy}>
            {t('features.save')}
          </Button>
          <Button onClick={onClose}>{t('back')}</Button>
        </div>
      </form>
    </Dialog>
  );
}

function Counting({ of: draft, set }: { of: Feature; set: (changed: Partial<Feature>) => void }) {
  return (
    <>
      <div class="pair">
        <Select
          label={t('features.combination')}
          value={draft.combination}
          onValue={(combination) => set({ combination: combination as Feature['combination'] })}
          options={[
            ['SUM', t('features.combination.SUM')],
            ['MAX', t('features.combination.MAX')],
          ]}
        />
        <Select
          label={t('features.reset')}
          value={draft.reset}
          onValue={(reset) => set({ reset: reset as Feature['reset'] })}
          options={RESETS.map((one) => [one, word('featureReset', one)] as const)}
        />
      </div>
      <Select
        label={t('features.overage')}
        value={draft.overage}
        onValue={(overage) => set({ overage: overage as Feature['overage'] })}
        options={[
          ['BLOCK', word('featureOverage', 'BLOCK')],
          ['ALLOW', word('featureOverage', 'ALLOW')],
        ]}
      />
      <Checks
        legend={t('features.counting')}
        values={draft.perUnit ? ['perUnit'] : []}
        options={[{ value: 'perUnit', label: t('features.perUnit') }]}
        onValues={(values) => set({ perUnit: values.length > 0 })}
      />
    </>
  );
}

function ArchiveDialog({ feature, onClose }: { feature: Feature; onClose: () => void }) {
  const { act, isBusy, problem } = useAct(ARCHIVE);
  const archive = async () => {
    if (await act({ key: feature.key })) onClose();
  };
  return (
    <Dialog title={t('features.archiveTitle', { name: feature.name || feature.key })} onClose={onClose}>
      <p class="muted">{t('features.archiveText')}</p>
      <FormProblem problem={problem} />
      <div class="actions">
        <Button look="danger" isBusy={isBusy} onClick={archive}>
          {t('features.archive')}
        </Button>
        <Button onClick={onClose}>{t('back')}</Button>
      </div>
    </Dialog>
  );
}
