/** A new API key: what it may, for how long and from where; then the key itself, this once. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { graphql } from '../../graphql';
import { t, word } from '../../i18n';
import { Button } from '../../ui/button';
import { Checks } from '../../ui/choice';
import { Copy } from '../../ui/copy';
import { Dialog } from '../../ui/dialog';
import { Select, TextArea, TextField } from '../../ui/field';
import { FormProblem, fieldErrors } from '../../ui/problem';
import { type Permission, usePermissions } from '../permissions';

const CREATE = graphql(`
  mutation CreateApiKey($input: CreateApiKeyInput!) {
    createApiKey(input: $input) { secret userErrors { code message field } }
  }
`);

const DAYS = ['', '30', '90', '365'] as const;
const DAY_MS = 86_400_000;
const NAME_CHARS_MAX = 100;
const FIELDS = ['name', 'scopes', 'expiresAt', 'allowedAddresses'] as const;

export function KeyDialog({ onClose }: { onClose: () => void }) {
  const [secret, setSecret] = useState<string | null>(null);
  return (
    <Dialog title={secret ? t('keys.ready') : t('keys.new')} onClose={onClose}>
      {secret ? (
        <Secret secret={secret} onClose={onClose} />
      ) : (
        <KeyForm onMade={setSecret} onClose={onClose} />
      )}
    </Dialog>
  );
}

function Secret({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <div class="form">
      <p class="muted">{t('keys.once')}</p>
      <Copy text={secret} label={t('keys.copy')} name={t('keys.secret')} />
      <div class="actions">
        <Button onClick={onClose}>{t('close')}</Button>
      </div>
    </div>
  );
}

type KeyFormProps = { onMade: (secret: string | null) => void; onClose: () => void };

function KeyForm({ onMade, onClose }: KeyFormProps) {
  const theirs = usePermissions();
  const { act, isBusy, problem } = useAct(CREATE);
  const [name, setName] = useState('');
  const [scopes, setScopes] = useState<readonly Permission[]>([]);
  const [days, setDays] = useState<string>('');
  const [addresses, setAddresses] = useState('');
  const errors = fieldErrors(problem.errors, FIELDS);
  const create = async (event: SubmitEvent) => {
    event.preventDefault();
    const made = await act({
      name,
      scopes: [...scopes],
      expiresAt: days ? new Date(Date.now() + Number(days) * DAY_MS).toISOString() : null,
      allowedAddresses: addresses.split(/[\s,]+/).filter(Boolean),
    });
    if (made) onMade(made.secret);
  };
  return (
    <form class="form" onSubmit={create} noValidate>
      <TextField
        label={t('keys.name')}
        hint={t('keys.nameHint')}
        value={name}
        error={errors.name}
        onValue={setName}
        maxLength={NAME_CHARS_MAX}
      />
      <Checks
        legend={t('keys.scopes')}
        values={scopes}
        error={errors.scopes}
        options={theirs.map((one) => ({ value: one, label: word('permission', one) }))}
        onValues={setScopes}
      />
      <Select
        label={t('keys.expires')}
        value={days}
        error={errors.expiresAt}
        onValue={setDays}
        options={DAYS.map((one) => [one, one ? t('keys.days', { days: one }) : t('keys.never')] as const)}
      />
      <TextArea
        label={t('keys.addresses')}
        hint={t('keys.addressesHint')}
        value={addresses}
        error={errors.allowedAddresses}
        onValue={setAddresses}
      />
      <FormProblem problem={problem} fields={FIELDS} />
      <div class="actions">
        <Button type="submit" look="primary" isBusy={isBusy}>
          {t('keys.create')}
        </Button>
        <Button onClick={onClose}>{t('back')}</Button>
      </div>
    </form>
  );
}
