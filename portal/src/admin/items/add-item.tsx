/** An item for the next invoice of a subscription. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { graphql } from '../../graphql';
import { t } from '../../i18n';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { FormProblem, fieldErrors } from '../../ui/problem';
import { ITEM_FIELDS, ItemFields, type ItemWrong, itemOf, NO_ITEM } from './item-fields';

const ADD = graphql(`
  mutation AddInvoiceItem($input: AddInvoiceItemInput!) {
    addInvoiceItem(input: $input) { subscription { id } userErrors { code message field } }
  }
`);

type AddItemProps = { subscriptionId: string; currency: string; onClose: () => void };

export function AddItemDialog({ subscriptionId, currency, onClose }: AddItemProps) {
  const { act, isBusy, problem } = useAct(ADD, { once: true });
  const [draft, setDraft] = useState(NO_ITEM);
  const [wrong, setWrong] = useState<ItemWrong>({});
  const add = async (event: SubmitEvent) => {
    event.preventDefault();
    const read = itemOf(draft, currency);
    setWrong(read.wrong);
    if (!isBusy && read.input && (await act({ subscriptionId, ...read.input }))) onClose();
  };
  return (
    <Dialog title={t('items.add')} onClose={onClose}>
      <form class="form" onSubmit={add} noValidate>
        <p class="muted">{t('items.addText')}</p>
        <ItemFields
          draft={draft}
          wrong={{ ...fieldErrors(problem.errors, ITEM_FIELDS), ...wrong }}
          onDraft={setDraft}
        />
        <FormProblem problem={problem} fields={ITEM_FIELDS} />
        <div class="actions">
          <Button type="submit" look="primary" isBusy={isBusy}>
            {t('items.add')}
          </Button>
          <Button onClick={onClose}>{t('back')}</Button>
        </div>
      </form>
    </Dialog>
  );
}
