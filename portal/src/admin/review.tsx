/** Deciding a review: its money pays an invoice, goes onto a balance or back, or it is not ours. */

import { useState } from 'preact/hooks';
import { useAct } from '../api/acting';
import { graphql } from '../graphql';
import { t, word } from '../i18n';
import { Button } from '../ui/button';
import { Dialog } from '../ui/dialog';
import { TextField } from '../ui/field';
import { FormProblem, fieldErrors } from '../ui/problem';
import type { Column } from '../ui/table';
import type { EventRow } from './event-rows';

const RESOLVE = graphql(`
  mutation ResolveReview($input: ResolveReviewInput!) {
    resolveReview(input: $input) {
      event { id resolution { decision by at } possibleDecisions }
      userErrors { code message field }
    }
  }
`);

type Decision = EventRow['possibleDecisions'][number];
type Asked = { event: EventRow; decision: Decision };

const FIELDS = ['invoiceId', 'subscriptionId', 'reason'] as const;

/** Returns the column with a button for each decision that is possible, and the dialog of the one asked for. */
export function useReviewDecisions() {
  const [asked, ask] = useState<Asked | null>(null);
  const column: Column<EventRow> = {
    place: 'action',
    title: t('decide'),
    cell: (event) => (
      <span class="row-actions">
        {event.possibleDecisions.map((decision) => (
          <Button key={decision} look="link" onClick={() => ask({ event, decision })}>
            {word('decide', decision)}
          </Button>
        ))}
      </span>
    ),
  };
  return { column, dialog: asked && <DecisionDialog asked={asked} onClose={() => ask(null)} /> };
}

function DecisionDialog({ asked: { event, decision }, onClose }: { asked: Asked; onClose: () => void }) {
  const { act, isBusy, problem } = useAct(RESOLVE, { once: true });
  const [invoiceId, setInvoiceId] = useState('');
  const [subscriptionId, setSubscriptionId] = useState('');
  const [reason, setReason] = useState('');
  const errors = fieldErrors(problem.errors, FIELDS);
  const decide = async (submitted: SubmitEvent) => {
    submitted.preventDefault();
    const done = await act({
      eventId: event.id,
      decision,
      invoiceId: decision === 'APPLY' ? invoiceId.trim() || null : null,
      subscriptionId: decision === 'BALANCE' ? subscriptionId.trim() || null : null,
      reason: reason.trim() || null,
    });
    if (done) onClose();
  };
  const isAgain = decision === 'REFUND' && event.review === 'REFUND_FAILED';
  return (
    <Dialog title={word('decide', decision)} onClose={onClose}>
      <form class="form" onSubmit={decide}>
        <p class="muted">{isAgain ? t('decide.again') : t(`decide.text.${decision}`)}</p>
        {decision === 'APPLY' && (
          <TextField
            label={t('decide.invoice')}
            hint={t('decide.invoiceHint')}
            value={invoiceId}
            error={errors.invoiceId}
            onValue={setInvoiceId}
            maxLength={40}
            required
          />
        )}
        {decision === 'BALANCE' && (
          <TextField
            label={t('decide.subscription')}
            hint={t('decide.subscriptionHint')}
            value={subscriptionId}
            error={errors.subscriptionId}
            onValue={setSubscriptionId}
            maxLength={40}
          />
        )}
        <TextField
          label={t('refund.reason')}
          value={reason}
          error={errors.reason}
          onValue={setReason}
          maxLength={200}
        />
        <FormProblem problem={problem} fields={FIELDS} />
        <div class="actions">
          <Button type="submit" look="primary" isBusy={isBusy}>
            {t('decide.confirm')}
          </Button>
          <Button onClick={onClose}>{t('back')}</Button>
        </div>
      </form>
    </Dialog>
  );
}
