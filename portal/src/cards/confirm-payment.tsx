/** A payment whose payer's bank asks: off to the bank, and back; whether it is paid is the server's to say. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { useAct } from '../api/acting';
import { useAsk } from '../api/asking';
import { changes } from '../api/client';
import { graphql } from '../graphql';
import { t } from '../i18n';
import { language } from '../i18n/language';
import { Button } from '../ui/button';
import { Notice } from '../ui/page';
import { FormProblem } from '../ui/problem';
import { Waiting } from '../ui/waiting';
import { PAYMENT_OPTIONS } from './card-form';
import { openStripe } from './stripe';

const CONFIRM = graphql(`
  mutation ConfirmPayment($input: ConfirmPaymentInput!) {
    confirmPayment(input: $input) {
      nextAction { url clientSecret }
      userErrors { code message field retryAt declineCode }
    }
  }
`);

/** What the provider adds to the address that it sends somebody back to: nothing of it stays in sight. */
const RETURNED = ['payment_intent', 'payment_intent_client_secret', 'redirect_status', 'source_type'];
const ASK_AGAIN_MS = 2_000;

export function ConfirmPayment({ paymentId }: { paymentId: string }) {
  const { act, isBusy, problem } = useAct(CONFIRM);
  const [isWaiting, setWaiting] = useState(false);
  const tokenizer = useAsk(PAYMENT_OPTIONS, { currency: null }).data?.paymentOptions.cardTokenizer;
  const hasLooked = useRef(false);

  const look = async (): Promise<{ url: string | null; clientSecret: string | null } | null> => {
    const found = await act({ paymentId });
    if (found && !found.nextAction) setWaiting(true);
    return found?.nextAction ?? null;
  };
  const confirm = async () => {
    const action = await look();
    if (!action) return;
    if (action.url) {
      location.assign(action.url);
      return;
    }
    if (!action.clientSecret || !tokenizer?.scriptUrl || !tokenizer.publishableKey) return;
    const stripe = await openStripe(tokenizer.scriptUrl, tokenizer.publishableKey, language.value);
    await stripe.handleNextAction({ clientSecret: action.clientSecret });
    await look();
  };
  useEffect(() => {
    if (hasLooked.current) return;
    hasLooked.current = true;
    if (hasReturned()) void look();
  }, []);
  useEffect(() => {
    if (!isWaiting) return;
    const timer = setInterval(() => changes.value++, ASK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [isWaiting]);

  if (isWaiting) return <Waiting text={t('confirm.waiting')} />;
  return (
    <Notice tone="warn" title={t('confirm.title')} text={t('confirm.text')}>
      <Button look="primary" isBusy={isBusy} onClick={confirm}>
        {t('confirm.go')}
      </Button>
      <FormProblem problem={problem} />
    </Notice>
  );
}

/** Tells whether somebody comes back from their bank, and clears what says so from the address. */
function hasReturned(): boolean {
  const address = new URL(location.href);
  const found = RETURNED.filter((name) => address.searchParams.has(name));
  for (const name of found) address.searchParams.delete(name);
  if (found.length) history.replaceState(null, '', address.pathname + address.search);
  return found.length > 0;
}
