/** Merging: another record of the same person is found by its address, and becomes a part of this one. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { client } from '../../api/client';
import { type Failure, failureOf } from '../../api/failure';
import { graphql, type ResultOf } from '../../graphql';
import { t } from '../../i18n';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { TextField } from '../../ui/field';
import { FormProblem } from '../../ui/problem';

const OTHER = graphql(`
  query CustomerToMerge($email: String!) {
    customer(email: $email) { id email name }
  }
`);
const MERGE = graphql(`
  mutation MergeCustomers($input: MergeCustomersInput!) {
    mergeCustomers(input: $input) { customer { id } userErrors { code message field } }
  }
`);

const FRESH = { requestPolicy: 'network-only' } as const;

type Other = NonNullable<ResultOf<typeof OTHER>['customer']>;
type MergeProps = { kept: Other; onClose: () => void; onDone: () => void };

export function MergeDialog({ kept, onClose, onDone }: MergeProps) {
  const { act, isBusy, problem } = useAct(MERGE, { once: true });
  const [email, setEmail] = useState('');
  const [other, setOther] = useState<Other | null>(null);
  const [isUnknown, setUnknown] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const find = async () => {
    const result = await client.value.query(OTHER, { email: email.trim() }, FRESH).toPromise();
    const failed = result.error ? failureOf(result.error) : null;
    const found = result.data?.customer;
    const isOther = found?.id !== undefined && found.id !== kept.id;
    // An address that can't be one is nobody's either.
    setUnknown(!isOther && (failed === null || failed.code === 'INVALID_VALUE'));
    setFailure(failed?.code === 'INVALID_VALUE' ? null : failed);
    setOther(isOther ? found : null);
  };
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    if (!other) return await find();
    if (!(await act({ keptId: kept.id, droppedId: other.id }))) return;
    onClose();
    onDone();
  };
  const shown = failure ? { errors: [], failure } : problem;
  return (
    <Dialog title={t('customer.mergeTitle')} onClose={onClose}>
      <form class="form" onSubmit={submit} noValidate>
        <p class="muted">{t('customer.mergeText')}</p>
        {other ? (
          <p>{t('customer.mergeFound', { name: other.name ?? other.email, email: other.email })}</p>
        ) : (
          <TextField
            label={t('customer.mergeEmail')}
            type="email"
            value={email}
            error={isUnknown ? t('customer.mergeUnknown') : undefined}
            onValue={setEmail}
            required
          />
        )}
        <FormProblem problem={shown} fields={[]} />
        <div class="actions">
          <Button type="submit" look={other ? 'danger' : 'primary'} isBusy={isBusy}>
            {t(other ? 'customer.merge' : 'customer.mergeFind')}
          </Button>
          <Button onClick={onClose}>{t('back')}</Button>
        </div>
      </form>
    </Dialog>
  );
}
