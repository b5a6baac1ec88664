/** What every form for cards is to the page around it: something that makes one token, and asks one question. */

import type { RefObject } from 'preact';
import type { Problem } from '../api/acting';
import { graphql, type ResultOf } from '../graphql';

export const PAYMENT_OPTIONS = graphql(`
  query PaymentOptions($currency: String) {
    paymentOptions(currency: $currency) {
      methods
      cardTokenizer { kind publishableKey scriptUrl }
    }
  }
`);

export type CardTokenizer = NonNullable<ResultOf<typeof PAYMENT_OPTIONS>['paymentOptions']['cardTokenizer']>;

/** A token, or why there is none; null where the form itself shows what is wrong. */
export type CardOutcome = { token: string } | { problem: Problem } | null;

export type CardForm = {
  /** Makes a token of what was typed; the card's number goes to the provider only. */
  issue: () => Promise<CardOutcome>;
  /** Lets the payer's bank ask, and returns the token of a card that it lets pass. */
  authenticate: (clientSecret: string) => Promise<CardOutcome>;
};

export type CardFormProps = {
  tokenizer: CardTokenizer;
  currency: string;
  /** Is set as long as the form is shown. */
  form: RefObject<CardForm | null>;
};

export function refusedFor(code: string, declineCode: string | null = null): CardOutcome {
  return { problem: { errors: [{ code, message: code, field: null, declineCode }], failure: null } };
}
