/** A payment on its way: a code that waits to be paid, a card that is being charged, or how it ended. */

import { useEffect, useState } from 'preact/hooks';
import { useAsk } from '../api/asking';
import { settle } from '../api/sandbox';
import { ConfirmPayment } from '../cards/confirm-payment';
import { type FragmentOf, graphql } from '../graphql';
import { t } from '../i18n';
import { countdown, date, money } from '../i18n/format';
import { declineText } from '../i18n/refusals';
import { Button } from '../ui/button';
import { Copy } from '../ui/copy';
import { ErrorText } from '../ui/field';
import { Icon } from '../ui/icon';
import { failureText } from '../ui/states';
import { Waiting } from '../ui/waiting';
import { PdfButton } from './pdf-button';

export const PROGRESS = graphql(`
  fragment Progress on Payment @_unmask {
    id
    status
    amount { amount currency }
    failureCode
    awaitsConfirmation
    paymentMethod { kind brand lastFour }
    pix { copyPaste expiresAt qrCodeSvg }
    boleto { digitableLine dueDate barcodeSvg }
    invoice { id number pdfUrl }
  }
`);

const CLOCK = graphql('query PaymentClock { clock { now sandbox } }');

export type Payment = FragmentOf<typeof PROGRESS>;

/** What the payer sees of *payment*; nothing for one that failed, which a new one has to replace. */
export function PaymentProgress({ payment }: { payment: Payment }) {
  if (payment.status === 'COMPLETED' || payment.status === 'REFUNDED')
    return <Paid amount={money(payment.amount)} />;
  if (payment.awaitsConfirmation) return <ConfirmPayment paymentId={payment.id} />;
  if (payment.status === 'FAILED') {
    return <ErrorText>{t('pay.declined', { reason: declineText(payment.failureCode ?? '') })}</ErrorText>;
  }
  if (payment.pix) return <PixPanel payment={payment} pix={payment.pix} />;
  if (payment.boleto) return <BoletoPanel payment={payment} boleto={payment.boleto} />;
  return <Waiting text={t('pay.processing')} />;
}

export function Paid({ amount }: { amount: string }) {
  return (
    <div class="card paid" role="status">
      <span class="paid-mark">
        <Icon name="check" size={28} />
      </span>
      <p class="state-title">{t('payment.COMPLETED')}</p>
      <p class="muted">{t('pay.thanks', { amount })}</p>
    </div>
  );
}

function PixPanel({ payment, pix }: { payment: Payment; pix: NonNullable<Payment['pix']> }) {
  const left = useSecondsLeft(pix.expiresAt);
  if (left === 0) return <ErrorText>{t('pix.expired')}</ErrorText>;
  return (
    <section class="card code-panel" aria-label="Pix">
      <div class="stack">
        <p class="code-amount">{money(payment.amount)}</p>
        <Copy text={pix.copyPaste} label={t('pix.copy')} name={t('pix.code')} />
        <ol class="steps">
          <li>{t('pix.step1')}</li>
          <li>{t('pix.step2')}</li>
        </ol>
        <Waiting text={t('pix.waiting')} />
        {left !== null && (
          <p class="hint" role="timer">
            {t('pix.expires', { time: countdown(left) })}
          </p>
        )}
        <Simulate paymentId={payment.id} />
      </div>
      {/* Of no use on the phone that shows it, so that there it comes last. */}
      <img class="qr" src={picture(pix.qrCodeSvg)} alt={t('pix.qr')} width="240" height="240" />
    </section>
  );
}

function BoletoPanel({ payment, boleto }: { payment: Payment; boleto: NonNullable<Payment['boleto']> }) {
  return (
    <section class="card stack" aria-label={t('method.boleto')}>
      <p class="code-amount">{money(payment.amount)}</p>
      <p class="muted">{t('boleto.due', { date: date(boleto.dueDate) })}</p>
      {boleto.barcodeSvg && (
        <img class="barcode" src={picture(boleto.barcodeSvg)} alt={t('boleto.barcode')} />
      )}
      <Copy text={boleto.digitableLine} label={t('boleto.copy')} name={t('boleto.line')} rows={2} />
      <BoletoActions payment={payment} boleto={boleto} />
      <Waiting text={t('boleto.waiting')} />
      <Simulate paymentId={payment.id} />
    </section>
  );
}

/** A boleto is often paid by somebody else, or at a counter. */
function BoletoActions({ payment, boleto }: { payment: Payment; boleto: NonNullable<Payment['boleto']> }) {
  const text = t('boleto.shared', {
    amount: money(payment.amount),
    date: date(boleto.dueDate),
    line: boleto.digitableLine,
  });
  // Whoever closes the sheet without sharing has done nothing wrong.
  const share = () => navigator.share({ text }).catch(() => {});
  return (
    <div class="actions">
      <PdfButton invoice={payment.invoice} label={t('invoices.pdf')} look="ghost" />
      <Button onClick={() => print()}>{t('boleto.print')}</Button>
      {'share' in navigator && <Button onClick={share}>{t('boleto.share')}</Button>}
    </div>
  );
}

/** In the sandbox nobody's bank pays, so a button does. */
function Simulate({ paymentId }: { paymentId: string }) {
  const isSandbox = useAsk(CLOCK, {}).data?.clock.sandbox ?? false;
  const [isBusy, setBusy] = useState(false);
  const [failed, setFailed] = useState('');
  if (!isSandbox) return null;
  const simulate = async () => {
    setBusy(true);
    const { failure } = await settle(paymentId);
    setBusy(false);
    setFailed(failure ? failureText(failure) : '');
  };
  return (
    <div>
      <Button look="link" isBusy={isBusy} onClick={simulate}>
        {t('pay.simulate')}
      </Button>
      {failed && <ErrorText>{failed}</ErrorText>}
    </div>
  );
}

/** Returns the seconds until *instant* by the billing clock; null until it is known, or if there is no end. */
function useSecondsLeft(instant: string | null): number | null {
  const clock = useAsk(CLOCK, {}).data?.clock.now;
  const [left, setLeft] = useState<number | null>(null);
  useEffect(() => {
    if (!instant || !clock) return;
    const endsAt = Date.now() + Date.parse(instant) - Date.parse(clock);
    const show = () => setLeft(Math.max(0, Math.floor((endsAt - Date.now()) / 1_000)));
    show();
    const timer = setInterval(show, 1_000);
    return () => clearInterval(timer);
  }, [instant, clock]);
  return left;
}

/** The server's drawing as a picture: nothing in it can run. */
function picture(svg: string): string {
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
