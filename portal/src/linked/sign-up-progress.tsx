/** After a sign-up: until there is an invoice to pay, to which it leads, or nothing to pay at all. */

import { useEffect } from 'preact/hooks';
import { useAsk } from '../api/asking';
import { graphql } from '../graphql';
import { t } from '../i18n';
import { link } from '../session';
import { Button } from '../ui/button';
import { Page } from '../ui/page';
import { Pending } from '../ui/pending';
import { Waiting } from '../ui/waiting';
import { keepAfter } from './after';
import { LeadOn } from './lead-on';

const PROGRESS = graphql(`
  query SignUpProgress($token: String!) {
    signUpProgress(token: $token) { status invoiceUrl returnUrl }
  }
`);

const ASKED_EVERY_MS = 1_000;
/** A page that is loaded again goes on: else its reader would sign up twice. */
const KEY = `ciclo.sign-up.${link}`;

export const keptSignUp = (): string | null => sessionStorage.getItem(KEY);
export const keepSignUp = (token: string): void => sessionStorage.setItem(KEY, token);
export const dropSignUp = (): void => sessionStorage.removeItem(KEY);

type SignUpProgressProps = { token: string; onAgain: () => void };

export function SignUpProgress({ token, onAgain }: SignUpProgressProps) {
  const answer = useAsk(PROGRESS, { token }, { everyMs: ASKED_EVERY_MS });
  const progress = answer.data?.signUpProgress;
  const invoice = progress?.invoiceUrl ? new URL(progress.invoiceUrl).pathname : null;
  useEffect(() => {
    if (!invoice) return;
    if (progress?.returnUrl) keepAfter(invoice, progress.returnUrl);
    dropSignUp();
    location.replace(invoice);
  }, [invoice]);
  if (!progress) return <Pending answer={answer} title={t('checkout')} failed={t('checkout.failed')} />;
  const isOver = progress.status === 'CANCELLED';
  const isDone = progress.status === 'TRIALING' || progress.status === 'ACTIVE';
  if (!isDone && !isOver) {
    return (
      <Page title={t('activation')}>
        <Waiting text={t('activation.preparing')} />
      </Page>
    );
  }
  return (
    <Page title={t(isDone ? 'activation.done' : 'activation.failed')} lede={t('checkoutLink.mailed')}>
      {progress.returnUrl && isDone && <LeadOn url={progress.returnUrl} />}
      <div class="actions">
        <Button onClick={onAgain}>{t('checkoutLink.again')}</Button>
      </div>
    </Page>
  );
}
