/** What a list or a card shows while it has nothing to show: loading, empty, failed. */

import type { ComponentChildren } from 'preact';
import type { Failure } from '../api/failure';
import { t } from '../i18n';
import { refusalText } from '../i18n/refusals';
import { Button, ButtonLink } from './button';

/** Bars where rows will be; they appear only if the answer takes longer than a blink. */
export function Skeleton({ rows = 4, shape = 'rows' }: { rows?: number; shape?: 'rows' | 'cards' }) {
  return (
    <div class={`skeleton ${shape}`} aria-busy="true">
      <span class="hidden">{t('loading')}</span>
      {Array.from({ length: rows }, (_, index) => (
        <span key={index} class="bone" />
      ))}
    </div>
  );
}

type EmptyProps = { title: string; text?: string | undefined; children?: ComponentChildren };

export function Empty({ title, text, children }: EmptyProps) {
  return (
    <div class="state">
      <p class="state-title">{title}</p>
      {text && <p class="muted">{text}</p>}
      {children}
    </div>
  );
}

type FailedProps = { what: string; failure: Failure; onRetry: () => void };

export function Failed({ what, failure, onRetry }: FailedProps) {
  return (
    <div class="state" role="alert">
      <p class="state-title">{what}</p>
      <p class="muted">{failureText(failure)}</p>
      <PayFirst invoiceId={failure.invoiceId} />
      <Button isSmall onClick={onRetry}>
        {t('retry')}
      </Button>
      <RequestId failure={failure} />
    </div>
  );
}

/** Leads to the invoice that has to be paid first, where one does. */
export function PayFirst({ invoiceId }: { invoiceId: string | null | undefined }) {
  if (!invoiceId) return null;
  return (
    <ButtonLink to={`/pagar/${invoiceId}`} isSmall>
      {t('unpaid.pay')}
    </ButtonLink>
  );
}

export function RequestId({ failure }: { failure: Failure }) {
  return failure.requestId ? <p class="request-id">req {failure.requestId}</p> : null;
}

export function failureText(failure: Failure): string {
  if (failure.kind === 'refused')
    return refusalText(failure.code) ?? t('failure.refused', { code: failure.code });
  return t(`failure.${failure.kind}`);
}
