/** Below a customer's pages: how to reach the seller, what was agreed to, and the way back. */

import { BRAND } from '../brand';
import { t } from '../i18n';
import { person } from '../session';

export function Footer() {
  const back = person.value?.returnUrl ?? BRAND.returnUrl;
  const links = [
    [BRAND.termsUrl, t('brand.terms')],
    [BRAND.privacyUrl, t('brand.privacy')],
    [
      BRAND.support && `mailto:${BRAND.support}`,
      BRAND.support && t('brand.support', { email: BRAND.support }),
    ],
    [back, back && t('account.back', { host: new URL(back).host })],
  ] as const;
  const shown = links.filter(([url]) => url);
  if (!shown.length) return null;
  return (
    <footer class="footer">
      <ul>
        {shown.map(([url, text]) => (
          <li key={url}>
            <a class="link" href={url ?? ''} rel="noreferrer">
              {text}
            </a>
          </li>
        ))}
      </ul>
    </footer>
  );
}

/** What somebody who pays agrees to, where the seller has said it. */
export function Agreement() {
  if (!BRAND.termsUrl && !BRAND.privacyUrl) return null;
  return (
    <p class="hint">
      {t('brand.agree')}{' '}
      {BRAND.termsUrl && (
        <a class="link" href={BRAND.termsUrl} target="_blank" rel="noreferrer">
          {t('brand.terms')}
        </a>
      )}
      {BRAND.termsUrl && BRAND.privacyUrl && ' · '}
      {BRAND.privacyUrl && (
        <a class="link" href={BRAND.privacyUrl} target="_blank" rel="noreferrer">
          {t('brand.privacy')}
        </a>
      )}
    </p>
  );
}
