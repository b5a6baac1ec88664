/** The pages about who may do what, and who did; each has an address of its own. */

import { t } from '../../i18n';
import { Link, path } from '../../router';
import { type Permission, useMay } from '../permissions';

const TABS = [
  ['/admin/acesso/aprovacoes', 'approvals.tab', 'REFUNDS_WRITE'],
  ['/admin/acesso/chaves', 'keys.tab', 'KEYS_WRITE'],
  ['/admin/acesso/registro', 'acts.tab', 'AUDIT_READ'],
  ['/admin/equipe', 'team.tab', 'MEMBERS_WRITE'],
] as const satisfies readonly (readonly [string, string, Permission])[];

export function AccessTabs() {
  const may = useMay();
  return (
    <nav class="segments" aria-label={t('nav.access')}>
      {TABS.filter(([, , permission]) => may(permission)).map(([to, name]) => (
        <Link key={to} to={to} class="segment" current={path.value === to}>
          {t(name)}
        </Link>
      ))}
    </nav>
  );
}
