/** The seller's name or logo, and a word where no money moves. */

import { BRAND, IS_SANDBOX } from '../brand';
import { t } from '../i18n';

export function BrandMark() {
  if (BRAND.logo) return <img class="brand-logo" src={BRAND.logo} alt={BRAND.name} height="32" />;
  return (
    <>
      <Mark />
      <span class="brand-name">{BRAND.name}</span>
    </>
  );
}

export function SandboxTag() {
  return IS_SANDBOX ? <span class="tag sandbox-tag">{t('sandbox')}</span> : null;
}

function Mark() {
  return (
    <svg width="24" height="24" viewBox="0 0 16 16" fill="none" aria-hidden="true">
      <path d="M9.2 2.2A6 6 0 1 1 3.6 4" stroke="var(--accent)" stroke-width="2.6" stroke-linecap="round" />
    </svg>
  );
}
