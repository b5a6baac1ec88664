/** That mail to a customer came back: nothing is sent there until somebody says that the address is good. */

import { useAct } from '../../api/acting';
import { graphql } from '../../graphql';
import { t } from '../../i18n';
import { Button } from '../../ui/button';
import { Notice } from '../../ui/page';
import { FormProblem } from '../../ui/problem';
import { Allowed } from '../permissions';

const CLEAR = graphql(`
  mutation ClearEmailBroken($input: ClearEmailBrokenInput!) {
    clearEmailBroken(input: $input) { customer { id emailBroken } userErrors { code message field } }
  }
`);

type EmailBrokenProps = { customerId: string; email: string; onDone: () => void };

export function EmailBroken({ customerId, email, onDone }: EmailBrokenProps) {
  const { act, isBusy, problem } = useAct(CLEAR, { once: true });
  const clear = async () => {
    if (await act({ customerId })) onDone();
  };
  return (
    <>
      <Notice tone="warn" title={t('customer.emailBroken')} text={t('customer.emailBrokenText', { email })}>
        <Allowed to="CUSTOMERS_WRITE">
          <Button isSmall isBusy={isBusy} onClick={clear}>
            {t('customer.emailBrokenClear')}
          </Button>
        </Allowed>
      </Notice>
      <FormProblem problem={problem} />
    </>
  );
}
