/** A one-off invoice: its items first, then what it comes to, and only then it is issued. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { useAsk } from '../../api/asking';
import { graphql, type VariablesOf } from '../../graphql';
import { t } from '../../i18n';
import { date, money } from '../../i18n/format';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Facts } from '../../ui/facts';
import { TextField } from '../../ui/field';
import { FormProblem } from '../../ui/problem';
import { Failed, Skeleton } from '../../ui/states';
import { wholeOf } from '../amount';
import { ItemFields, type ItemWrong, itemOf, NO_ITEM } from './item-fields';

const PREVIEW = graphql(`
  query PreviewInvoice($input: InvoiceDraftInput!) {
    previewInvoice(input: $input) {
      dueOn
      subtotal { amount currency }
      tax { amount currency }
      creditApplied { amount currency }
      total { amount currency }
      lines { description net { amount currency } }
    }
  }
`);
const CREATE = graphql(`
  mutation CreateInvoice($input: CreateInvoiceInput!) {
    createInvoice(input: $input) { invoice { id } userErrors { code message field } }
  }
`);
const ITEMS_MAX = 50;

type Input = VariablesOf<typeof PREVIEW>['input'];
type NewInvoiceProps = { subscriptionId: string; currency: string; onClose: () => void };

export function NewInvoiceDialog({ subscriptionId, currency, onClose }: NewInvoiceProps) {
  const [drafts, setDrafts] = useState([NO_ITEM]);
  const [days, setDays] = useState('');
  const [wrong, setWrong] = useState<readonly ItemWrong[]>([]);
  const [isDaysWrong, setDaysWrong] = useState(false);
  const [seen, setSeen] = useState<Input | null>(null);
  const see = (event: SubmitEvent) => {
    event.preventDefault();
    const read = drafts.map((draft) => itemOf(draft, currency));
    const daysToPay = days.trim() ? wholeOf(days) : null;
    setWrong(read.map((one) => one.wrong));
    setDaysWrong(Boolean(days.trim()) && daysToPay === null);
    const items = read.flatMap((one) => (one.input ? [one.input] : []));
    if (items.length < read.length || (days.trim() && daysToPay === null)) return;
    setSeen({ subscriptionId, items, daysToPay });
  };
  if (seen) return <Confirm input={seen} onBack={() => setSeen(null)} onClose={onClose} />;
  return (
    <Dialog title={t('items.new')} onClose={onClose} isWide>
      <form class="form" onSubmit={see} noValidate>
        <p class="muted">{t('items.issueText')}</p>
        {drafts.map((draft, place) => (
          <fieldset key={place} class="form">
            <legend class={drafts.length > 1 ? 'label' : 'hidden'}>
              {t('items.number', { number: place + 1 })}
            </legend>
            <ItemFields
              draft={draft}
              wrong={wrong[place] ?? {}}
              onDraft={(changed) => setDrafts(drafts.map((one, at) => (at === place ? changed : one)))}
            />
          </fieldset>
        ))}
        {drafts.length < ITEMS_MAX && (
          <Button onClick={() => setDrafts([...drafts, NO_ITEM])}>{t('items.another')}</Button>
        )}
        <TextField
          label={t('items.daysToPay')}
          hint={t('items.daysToPayHint')}
          value={days}
          error={isDaysWrong ? t('items.numberWrong') : undefined}
          onValue={setDays}
          inputMode="numeric"
          maxLength={3}
        />
        <div class="actions">
          <Button type="submit" look="primary">
            {t('items.see')}
          </Button>
          <Button onClick={onClose}>{t('back')}</Button>
        </div>
      </form>
    </Dialog>
  );
}

type ConfirmProps = { input: Input; onBack: () => void; onClose: () => void };

function Confirm({ input, onBack, onClose }: ConfirmProps) {
  const { act, isBusy, problem } = useAct(CREATE, { once: true });
  const { data, failure, retry } = useAsk(PREVIEW, { input }, { pause: isBusy });
  const shown = data?.previewInvoice;
  const issue = async () => {
    if (await act(input)) onClose();
  };
  return (
    <Dialog title={t('items.new')} onClose={onClose}>
      <div class="form">
        {shown ? (
          <Facts
            facts={[
              ...shown.lines.map((line) => [line.description, money(line.net)] as const),
              [t('items.taxes'), Number(shown.tax.amount) ? money(shown.tax) : null],
              [
                t('subscription.credit'),
                Number(shown.creditApplied.amount) ? money(shown.creditApplied) : null,
              ],
              [t('column.amount'), <strong>{money(shown.total)}</strong>],
              [t('items.due'), date(shown.dueOn)],
            ]}
          />
        ) : failure ? (
          <Failed what={t('items.new')} failure={failure} onRetry={retry} />
        ) : (
          <Skeleton rows={3} />
        )}
        <FormProblem problem={problem} />
        <div class="actions">
          {shown && (
            <Button look="primary" isBusy={isBusy} onClick={issue}>
              {t('items.issue')}
            </Button>
          )}
          <Button onClick={onBack}>{t('items.seeAgain')}</Button>
        </div>
      </div>
    </Dialog>
  );
}
