/** An endpoint as it is written down: to create one, or to change one. */

import { useState } from 'preact/hooks';
import type { Problem } from '../../api/acting';
import { t } from '../../i18n';
import { Button } from '../../ui/button';
import { Segments } from '../../ui/choice';
import { TextField } from '../../ui/field';
import { FormProblem, fieldErrors } from '../../ui/problem';
import { type MessageType, TYPES, typeText } from './message-types';

const FIELDS = ['url', 'description', 'types'] as const;
const URL_CHARS_MAX = 2_000;
const DESCRIPTION_CHARS_MAX = 200;
const EXAMPLE = ['https:', '', 'app.exemplo', 'webhooks'].join('/');

export type EndpointDraft = {
  url: string;
  description: string;
  types: MessageType[];
  ordered: boolean;
};

export const NO_ENDPOINT: EndpointDraft = { url: '', description: '', types: [], ordered: false };

type EndpointFormProps = {
  start: EndpointDraft;
  submitText: string;
  isBusy: boolean;
  problem: Problem;
  onSubmit: (draft: EndpointDraft) => Promise<void>;
};

export function EndpointForm({ start, submitText, isBusy, problem, onSubmit }: EndpointFormProps) {
  const [draft, setDraft] = useState(start);
  const [isMissing, setMissing] = useState(false);
  const errors = fieldErrors(problem.errors, FIELDS);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setMissing(!draft.url.trim());
    if (!isBusy && draft.url.trim()) void onSubmit({ ...draft, url: draft.url.trim() });
  };
  const toggle = (type: MessageType) => {
    const others = draft.types.filter((one) => one !== type);
    setDraft({ ...draft, types: others.length < draft.types.length ? others : [...others, type] });
  };
  return (
    <form class="form" onSubmit={submit} noValidate>
      <FormProblem problem={problem} fields={FIELDS} />
      <TextField
        label={t('webhooks.url')}
        value={draft.url}
        onValue={(url) => setDraft({ ...draft, url })}
        error={isMissing ? t('webhooks.urlMissing', { example: EXAMPLE }) : errors.url}
        placeholder={EXAMPLE}
        maxLength={URL_CHARS_MAX}
        required
      />
      <TextField
        label={t('webhooks.description')}
        value={draft.description}
        onValue={(description) => setDraft({ ...draft, description })}
        error={errors.description}
        maxLength={DESCRIPTION_CHARS_MAX}
      />
      <fieldset class="field">
        <legend class="label">{t('webhooks.types')}</legend>
        <span class="checks">
          {TYPES.map((type) => (
            <label key={type} class="check">
              <input type="checkbox" checked={draft.types.includes(type)} onChange={() => toggle(type)} />
              <span class="mono">{typeText(type)}</span>
            </label>
          ))}
        </span>
      </fieldset>
      <Segments
        legend={t('webhooks.ordered')}
        showsLegend
        value={draft.ordered ? 'yes' : 'no'}
        options={[
          { value: 'no', label: t('webhooks.ordered.no') },
          { value: 'yes', label: t('webhooks.ordered.yes') },
        ]}
        onValue={(value) => setDraft({ ...draft, ordered: value === 'yes' })}
      />
      <div class="actions">
        <Button type="submit" look="primary" isBusy={isBusy}>
          {submitText}
        </Button>
      </div>
    </form>
  );
}
