/** Stripe's Payment Element: number and code are typed into Stripe's own frame, and wallets show where there are some. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { UNREACHABLE } from '../api/failure';
import { t } from '../i18n';
import { language } from '../i18n/language';
import { Failed, Skeleton } from '../ui/states';
import { type CardForm, type CardFormProps, type CardOutcome, refusedFor } from './card-form';
import { type Elements, openStripe, type Stripe } from './stripe';

type Opened = { stripe: Stripe; elements: Elements };

export function StripeForm({ tokenizer, currency, form }: CardFormProps) {
  const place = useRef<HTMLDivElement>(null);
  const [state, setState] = useState<'loading' | 'ready' | 'failed'>('loading');
  const [tries, setTries] = useState(0);
  const { publishableKey, scriptUrl } = tokenizer;
  const locale = language.value;

  useEffect(() => {
    let isOver = false;
    let close = () => {};
    setState('loading');
    open(scriptUrl ?? '', publishableKey ?? '', locale, currency).then(
      ({ stripe, elements }) => {
        if (isOver || !place.current) return;
        const element = elements.create('payment', { layout: 'tabs' });
        element.on('ready', () => setState('ready'));
        element.on('loaderror', () => setState('failed'));
        element.mount(place.current);
        close = () => element.destroy();
        form.current = cardForm(stripe, elements);
      },
      () => isOver || setState('failed'),
    );
    return () => {
      isOver = true;
      form.current = null;
      close();
    };
  }, [scriptUrl, publishableKey, locale, currency, tries]);

  return (
    <div class="stack">
      {state === 'loading' && <Skeleton rows={3} />}
      {state === 'failed' && (
        <Failed what={t('card.failed')} failure={UNREACHABLE} onRetry={() => setTries(tries + 1)} />
      )}
      <div ref={place} />
      <p class="hint">{t('card.stripe')}</p>
    </div>
  );
}

async function open(url: string, key: string, locale: string, currency: string): Promise<Opened> {
  const stripe = await openStripe(url, key, locale);
  const elements = stripe.elements({
    mode: 'setup',
    currency: currency.toLowerCase(),
    allowedPaymentMethodTypes: ['card'],
    appearance: appearance(),
  });
  return { stripe, elements };
}

function cardForm(stripe: Stripe, elements: Elements): CardForm {
  const issue = async (): Promise<CardOutcome> => {
    const { error: incomplete } = await elements.submit();
    // What is missing or mistyped is said in the form itself, beside its field.
    if (incomplete) return null;
    const made = await stripe.createConfirmationToken({
      elements,
      params: { return_url: location.href },
    });
    if (made.confirmationToken) return { token: made.confirmationToken.id };
    return refused(made.error);
  };
  const authenticate = async (clientSecret: string): Promise<CardOutcome> => {
    const { setupIntent, error } = await stripe.handleNextAction({ clientSecret });
    return setupIntent ? { token: setupIntent.id } : refused(error);
  };
  return { issue, authenticate };
}

function refused(error: { code?: string; decline_code?: string; type?: string } | undefined): CardOutcome {
  if (!error || error.type === 'api_connection_error')
    return { problem: { errors: [], failure: UNREACHABLE } };
  return refusedFor('CARD_DECLINED', error.decline_code ?? error.code ?? null);
}

/** The page's own colours and sizes, for a frame that its style sheets do not reach. */
function appearance(): object {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    theme: 'night',
    labels: 'above',
    variables: {
      colorPrimary: token('accent'),
      colorBackground: token('surface'),
      colorText: token('text'),
      colorTextSecondary: token('muted'),
      colorDanger: token('danger'),
      borderRadius: token('radius'),
      fontFamily: 'system-ui, sans-serif',
    },
  };
}
