/** The pages of figures, each with an address of its own. */

import { t } from '../../i18n';
import { Link, path } from '../../router';
import { useMay } from '../permissions';

const TABS = [
  ['/admin', 'numbers.tab.overview', 'REPORTS_READ'],
  ['/admin/numeros', 'numbers.tab.numbers', 'REPORTS_READ'],
  ['/admin/atrasos', 'numbers.tab.late', 'BILLING_READ'],
  ['/admin/relatorios', 'numbers.tab.taxes', 'REPORTS_READ'],
] as const;

export function NumbersTabs() {
  const may = useMay();
  return (
    <nav class="segments" aria-label={t('numbers.tabs')}>
      {TABS.filter(([, , permission]) => may(permission)).map(([to, name]) => (
        <Link key={to} to={to} class="segment" current={path.value === to}>
          {t(name)}
        </Link>
      ))}
    </nav>
  );
}
