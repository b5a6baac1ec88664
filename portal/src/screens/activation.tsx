/** After the checkout: the subscription starts, and its first payment is made or waited for, live. */

import { useAsk } from '../api/asking';
import { graphql } from '../graphql';
import { t } from '../i18n';
import { methodText } from '../i18n/billing';
import { date, money } from '../i18n/format';
import { Redirect } from '../router';
import { ButtonLink } from '../ui/button';
import { Facts } from '../ui/facts';
import { Page } from '../ui/page';
import { Pending } from '../ui/pending';
import { Waiting } from '../ui/waiting';
import { type Payment, PaymentProgress, PROGRESS } from './payment-progress';
import { PdfButton } from './pdf-button';

const STARTING = graphql(
  `
    query Starting {
      mySubscription {
        id
        status
        trialEndsOn
        nextBillingDate
        price { amount currency }
        plan { name }
        payments(first: 1) { edges { node { ...Progress } } }
      }
    }
  `,
  [PROGRESS],
);

export function ActivationScreen() {
  const answer = useAsk(STARTING, {});
  const { data } = answer;
  if (!data) return <Pending answer={answer} title={t('activation')} failed={t('subscription.failed')} />;
  const mine = data.mySubscription;
  if (!mine) return <Redirect to="/" />;
  const payment = mine.payments.edges[0]?.node;
  const isTrial = mine.status === 'TRIALING';
  const isDone = isTrial || mine.status === 'ACTIVE';
  return (
    <Page
      title={isDone ? t('activation.done') : payment ? titleOf(payment) : t('activation')}
      lede={mine.plan.name}
    >
      <div class="narrow stack">
        {isTrial && mine.trialEndsOn && <p>{t('activation.trial', { date: date(mine.trialEndsOn) })}</p>}
        {payment?.status === 'FAILED' && (
          <p class="muted">
            {t('activation.tried', {
              amount: money(payment.amount),
              method: methodText(payment.paymentMethod),
            })}
          </p>
        )}
        {!isTrial && payment && <PaymentProgress payment={payment} />}
        {isDone && mine.nextBillingDate && (
          <Facts
            facts={[
              [
                t('activation.next'),
                t('amountOn', { amount: money(mine.price), date: date(mine.nextBillingDate) }),
              ],
            ]}
          />
        )}
        {!isDone && !payment && <Waiting text={t('activation.preparing')} />}
        <div class="actions">
          {payment?.status === 'FAILED' && (
            <ButtonLink
              to={`/pagar/${payment.invoice.id}`}
              look={payment.awaitsConfirmation ? 'ghost' : 'primary'}
            >
              {t('pay.otherMethod')}
            </ButtonLink>
          )}
          <ButtonLink to="/assinatura" look={isDone ? 'primary' : 'ghost'}>
            {t('activation.see')}
          </ButtonLink>
          {payment?.status === 'COMPLETED' && (
            <PdfButton invoice={payment.invoice} label={t('payments.receipt')} look="ghost" />
          )}
        </div>
      </div>
    </Page>
  );
}

/** What is to be done, or has gone wrong, before it is anything that merely starts. */
function titleOf({ status, pix, boleto, awaitsConfirmation }: Payment): string {
  if (status === 'FAILED' && !awaitsConfirmation) return t('activation.failed');
  if (status !== 'PENDING') return t('activation');
  return pix ? t('pix.title') : boleto ? t('boleto.title') : t('activation');
}
