/** Anonymizing a customer: for good, so the address is typed once more, and a reason is given. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { graphql } from '../../graphql';
import { t } from '../../i18n';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { TextField } from '../../ui/field';
import { FormProblem, fieldErrors } from '../../ui/problem';

const ANONYMIZE = graphql(`
  mutation AnonymizeCustomer($input: AnonymizeCustomerInput!) {
    anonymizeCustomer(input: $input) {
      customer { id email name anonymizedAt }
      userErrors { code message field }
    }
  }
`);

const FIELDS = ['reason'] as const;
const REASON_CHARS_MAX = 500;

export function AnonymizeDialog({ id, email, onClose }: { id: string; email: string; onClose: () => void }) {
  const { act, isBusy, problem } = useAct(ANONYMIZE, { once: true });
  const [typed, setTyped] = useState('');
  const [reason, setReason] = useState('');
  const [isWrong, setWrong] = useState(false);
  const errors = fieldErrors(problem.errors, FIELDS);
  const anonymize = async (event: SubmitEvent) => {
    event.preventDefault();
    const isMeant = typed.trim().toLowerCase() === email;
    setWrong(!isMeant);
    if (isMeant && (await act({ customerId: id, reason }))) onClose();
  };
  return (
    <Dialog title={t('customer.anonymizeTitle')} onClose={onClose}>
      <form class="form" onSubmit={anonymize} noValidate>
        <p class="muted">{t('customer.anonymizeText')}</p>
        <TextField
          label={t('customer.anonymizeTyped', { email })}
          value={typed}
          error={isWrong ? t('customer.anonymizeWrong') : undefined}
          onValue={setTyped}
          required
        />
        <TextField
          label={t('customer.reason')}
          value={reason}
          error={errors.reason}
          onValue={setReason}
          maxLength={REASON_CHARS_MAX}
          required
        />
        <FormProblem problem={problem} fields={FIELDS} />
        <div class="actions">
          <Button type="submit" look="danger" isBusy={isBusy}>
            {t('customer.anonymize')}
          </Button>
          <Button onClick={onClose}>{t('back')}</Button>
        </div>
      </form>
    </Dialog>
  );
}
