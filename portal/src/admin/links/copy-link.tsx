/** An invoice's link, for an operator who sends it by other ways than mail. */

import { useAct } from '../../api/acting';
import { graphql } from '../../graphql';
import { t } from '../../i18n';
import { refusalText } from '../../i18n/refusals';
import { Button } from '../../ui/button';
import { failureText } from '../../ui/states';
import { toast } from '../../ui/toast';
import { useMay } from '../permissions';

const CREATE = graphql(`
  mutation CreateInvoiceLink($input: CreateInvoiceLinkInput!) {
    createInvoiceLink(input: $input) {
      url
      userErrors { code message field }
    }
  }
`);

/** Copies where the invoice is seen and paid without signing in. Where that can't be copied, it is shown. */
export function CopyLink({ invoice }: { invoice: { id: string; number: string | null } }) {
  const { act, isBusy, problem } = useAct(CREATE);
  const may = useMay();
  if (!may('SUBSCRIPTIONS_WRITE')) return null;
  const copy = async () => {
    const made = await act({ invoiceId: invoice.id });
    if (!made?.url) return;
    try {
      await navigator.clipboard.writeText(made.url);
      toast(t('links.copied'), { icon: 'check' });
    } catch {
      toast(made.url, { icon: 'copy' });
    }
  };
  const [error] = problem.errors;
  const refused = error ? refusalText(error.code) : problem.failure && failureText(problem.failure);
  return (
    <>
      <Button look="link" isBusy={isBusy} onClick={copy}>
        {t('links.copy')}
        {invoice.number && <span class="hidden"> {t('invoice.number', { number: invoice.number })}</span>}
      </Button>
      {refused && <span role="alert"> {refused}</span>}
    </>
  );
}
