/** Giving one customer more of a feature, or less, than their plans do. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { graphql } from '../../graphql';
import { t } from '../../i18n';
import { Button } from '../../ui/button';
import { Segments } from '../../ui/choice';
import { Dialog } from '../../ui/dialog';
import { TextArea, TextField } from '../../ui/field';
import { FormProblem, fieldErrors } from '../../ui/problem';
import { wholeOf } from '../amount';

const OVERRIDE = graphql(`
  mutation OverrideEntitlement($input: OverrideEntitlementInput!) {
    overrideEntitlement(input: $input) { entitlements { version } userErrors { code message field } }
  }
`);

const FIELDS = ['feature', 'limit', 'config', 'until', 'reason'] as const;
const KINDS = ['LIMIT', 'UNLIMITED', 'CONFIG'] as const;

type Field = (typeof FIELDS)[number];
type Wrong = Partial<Record<Field, string>>;
type Draft = Record<Field, string> & { kind: (typeof KINDS)[number] };
type Given = { limit?: number; unlimited?: boolean; config?: unknown };

const NO_DRAFT: Draft = { feature: '', kind: 'LIMIT', limit: '', config: '', until: '', reason: '' };

export function OverrideDialog({ customerId, onClose }: { customerId: string; onClose: () => void }) {
  const { act, isBusy, problem } = useAct(OVERRIDE, { once: true });
  const [draft, setDraft] = useState(NO_DRAFT);
  const [wrong, setWrong] = useState<Wrong>({});
  const errors: Wrong = { ...fieldErrors(problem.errors, FIELDS), ...wrong };
  const field = (name: Field) => ({
    value: draft[name],
    error: errors[name],
    onValue: (value: string) => setDraft({ ...draft, [name]: value }),
  });
  const give = async (event: SubmitEvent) => {
    event.preventDefault();
    const read = givenOf(draft);
    setWrong(read.wrong);
    if (isBusy || !read.given) return;
    const about = { customerId, feature: draft.feature.trim(), reason: draft.reason.trim() };
    if (await act({ ...about, until: draft.until || null, ...read.given })) onClose();
  };
  return (
    <Dialog title={t('rights.give')} onClose={onClose}>
      <form class="form" onSubmit={give} noValidate>
        <p class="muted">{t('rights.giveText')}</p>
        <TextField label={t('rights.feature')} {...field('feature')} required />
        <Segments
          legend={t('rights.kind')}
          showsLegend
          value={draft.kind}
          options={KINDS.map((value) => ({ value, label: t(`rights.kind.${value}`) }))}
          onValue={(kind) => setDraft({ ...draft, kind })}
        />
        {draft.kind === 'LIMIT' && (
          <TextField label={t('rights.limit')} {...field('limit')} inputMode="numeric" required />
        )}
        {draft.kind === 'CONFIG' && <TextArea label={t('rights.config')} {...field('config')} />}
        <TextField label={t('rights.until')} {...field('until')} type="date" />
        <TextField label={t('rights.reason')} {...field('reason')} required />
        <FormProblem problem={problem} fields={FIELDS} />
        <div class="actions">
          <Button type="submit" look="primary" isBusy={isBusy}>
            {t('rights.give')}
          </Button>
          <Button onClick={onClose}>{t('back')}</Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Returns what is given, or what is wrong with each field that can't be read. */
function givenOf(draft: Draft): { given?: Given; wrong: Wrong } {
  const wrong: Wrong = {};
  if (!draft.feature.trim()) wrong.feature = t('rights.featureMissing');
  if (!draft.reason.trim()) wrong.reason = t('rights.reasonMissing');
  const given = amountOf(draft, wrong);
  return Object.keys(wrong).length ? { wrong } : { given, wrong };
}

function amountOf(draft: Draft, wrong: Wrong): Given {
  if (draft.kind === 'UNLIMITED') return { unlimited: true };
  if (draft.kind === 'LIMIT') {
    const limit = wholeOf(draft.limit);
    if (limit === null) wrong.limit = t('rights.limitWrong');
    return { limit: limit ?? 0 };
  }
  try {
    return { config: JSON.parse(draft.config) };
  } catch {
    wrong.config = t('rights.configWrong');
    return {};
  }
}
