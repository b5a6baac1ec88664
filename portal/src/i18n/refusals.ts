/** What a refusal means to the person who met it; codes are stable, the server's own text is for developers. */

import { t, word } from './index';

/** Returns the text for a code, or null if this page does not know it. */
export function refusalText(code: string): string | null {
  const text = word('refusal', code);
  return text === code ? null : text;
}

/** Returns why a provider declined a payment. */
export function declineText(code: string): string {
  const text = word('decline', code);
  return text === code ? t('decline.other', { code }) : text;
}
