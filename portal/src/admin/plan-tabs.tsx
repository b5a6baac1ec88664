/** What is on offer: plans, and coupons for them; each has an address of its own. */

import { t } from '../i18n';
import { Link, path } from '../router';

const TABS = [
  ['/admin/planos', 'plans'],
  ['/admin/planos/cupons', 'coupons'],
] as const;

export function PlanTabs() {
  return (
    <nav class="segments" aria-label={t('plans.offer')}>
      {TABS.map(([to, name]) => (
        <Link key={to} to={to} class="segment" current={path.value === to}>
          {t(name)}
        </Link>
      ))}
    </nav>
  );
}
