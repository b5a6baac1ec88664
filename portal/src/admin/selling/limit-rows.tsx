/** The limits that a plan or a product sets: a row for each, with its name and how much it allows. */

import { t } from '../../i18n';
import { Button } from '../../ui/button';
import { ErrorText, TextField } from '../../ui/field';
import { wholeOf } from '../amount';

export type Limit = { name: string; value?: number | null; unlimited?: boolean };
export type LimitDraft = { name: string; value: string };

/** Stands for no limit, where a number would stand. */
const UNLIMITED = '*';
const NAME_CHARS_MAX = 120;
const VALUE_CHARS_MAX = 16;

type LimitRowsProps = {
  limits: readonly LimitDraft[];
  error: string | undefined;
  onLimits: (limits: LimitDraft[]) => void;
};

export function LimitRows({ limits, error, onLimits }: LimitRowsProps) {
  const change = (at: number, changed: Partial<LimitDraft>) =>
    onLimits(limits.map((one, index) => (index === at ? { ...one, ...changed } : one)));
  const unreadable = limits.map((one) => error && !isBlank(one) && limitOf(one) === null);
  return (
    <fieldset class="limits">
      <legend class="label">{t('plan.limits')}</legend>
      {limits.length > 0 && <p class="hint">{t('plan.limitsHint')}</p>}
      {limits.map((limit, index) => (
        <div key={index} class="limit">
          <TextField
            label={t('plan.limitName')}
            value={limit.name}
            maxLength={NAME_CHARS_MAX}
            onValue={(name) => change(index, { name })}
          />
          <TextField
            label={t('plan.limitValue')}
            value={limit.value}
            error={unreadable[index] ? error : undefined}
            maxLength={VALUE_CHARS_MAX}
            onValue={(value) => change(index, { value })}
          />
          <Button look="link" onClick={() => onLimits(limits.filter((_, at) => at !== index))}>
            {t('plan.limitRemove')} <span class="hidden">{limit.name}</span>
          </Button>
        </div>
      ))}
      {error && !unreadable.some(Boolean) && <ErrorText>{error}</ErrorText>}
      <div class="actions">
        <Button isSmall onClick={() => onLimits([...limits, { name: '', value: '' }])}>
          {t('plan.limitAdd')}
        </Button>
      </div>
    </fieldset>
  );
}

/** Reads the rows that say something; null stands for one that can't be read. */
export function limitsOf(drafts: readonly LimitDraft[]): (Limit | null)[] {
  return drafts.filter((one) => !isBlank(one)).map(limitOf);
}

export function limitDraft({ name, value, unlimited }: Limit): LimitDraft {
  return { name, value: unlimited ? UNLIMITED : String(value ?? '') };
}

function limitOf(draft: LimitDraft): Limit | null {
  const name = draft.name.trim();
  if (name && draft.value.trim() === UNLIMITED) return { name, unlimited: true };
  const value = wholeOf(draft.value);
  return name && value !== null ? { name, value } : null;
}

function isBlank({ name, value }: LimitDraft): boolean {
  return !name.trim() && !value.trim();
}
