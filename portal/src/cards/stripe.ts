/** Stripe's own script, loaded from Stripe where a card is taken: what of it is used here. */

type StripeError = { code?: string; decline_code?: string; message?: string; type?: string };

type PaymentElement = {
  mount: (place: HTMLElement) => void;
  destroy: () => void;
  on: (event: 'ready' | 'loaderror', listener: () => void) => void;
};

export type Elements = {
  create: (kind: 'payment', options: object) => PaymentElement;
  submit: () => Promise<{ error?: StripeError }>;
};

type Intent = { id: string; status: string };

export type Stripe = {
  elements: (options: object) => Elements;
  createConfirmationToken: (given: { elements: Elements; params: { return_url: string } }) => Promise<{
    confirmationToken?: { id: string };
    error?: StripeError;
  }>;
  handleNextAction: (given: { clientSecret: string }) => Promise<{
    setupIntent?: Intent;
    paymentIntent?: Intent;
    error?: StripeError;
  }>;
};

declare global {
  interface Window {
    Stripe?: (publishableKey: string, options: { locale: string }) => Stripe;
  }
}

let loading: Promise<void> | null = null;

/** Returns Stripe's script at work for an account; it fails where Stripe can't be reached. */
export async function openStripe(scriptUrl: string, publishableKey: string, locale: string): Promise<Stripe> {
  loading ??= load(scriptUrl);
  try {
    await loading;
  } catch (error) {
    loading = null;
    throw error;
  }
  if (!window.Stripe) throw new Error('the script brought no Stripe');
  return window.Stripe(publishableKey, { locale });
}

function load(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = url;
    script.onload = () => resolve();
    script.onerror = () => {
      script.remove();
      reject(new Error('the script did not load'));
    };
    document.head.append(script);
  });
}
