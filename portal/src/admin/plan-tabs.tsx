/** What is on offer: plans, products, what they allow, and coupons; each has an address of its own. */

import { t } from '../i18n';
import { Link, path } from '../router';
import { type Permission, useMay } from './permissions';

const TABS = [
  ['/admin/planos', 'plans', 'PLANS_READ'],
  ['/admin/planos/produtos', 'products', 'PLANS_READ'],
  ['/admin/planos/recursos', 'features', 'ENTITLEMENTS_READ'],
  ['/admin/planos/cupons', 'coupons', 'PLANS_READ'],
  ['/admin/planos/links', 'checkoutLinks', 'BILLING_READ'],
] as const satisfies readonly (readonly [string, string, Permission])[];

export function PlanTabs() {
  const may = useMay();
  return (
    <nav class="segments" aria-label={t('plans.offer')}>
      {TABS.filter(([, , needs]) => may(needs)).map(([to, name]) => (
        <Link key={to} to={to} class="segment" current={path.value === to}>
          {t(name)}
        </Link>
      ))}
    </nav>
  );
}
