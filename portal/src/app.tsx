/** Which page the address and the signed-in person lead to. */

import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { UNREACHABLE } from './api/failure';
import { t } from './i18n';
import { path, Redirect } from './router';
import { CustomerPages } from './screens';
import { SignIn } from './screens/sign-in';
import { person } from './session';
import { Failed, Skeleton } from './ui/states';
import { Toasts } from './ui/toast';

const OPERATORS_AREA = /^\/admin(\/|$)/;

export function App() {
  return (
    <>
      <Pages />
      <Toasts />
    </>
  );
}

function Pages() {
  const who = person.value;
  const forOperators = OPERATORS_AREA.test(path.value);
  if (!who) return <SignIn />;
  if (forOperators) return who.isOperator ? <OperatorPages /> : <SignIn reason={t('signIn.operatorsOnly')} />;
  if (who.isOperator) return <Redirect to="/admin" />;
  return path.value === '/entrar' ? <Redirect to="/" /> : <CustomerPages key={who.email} />;
}

/** The operators' pages come with the first visit to them: customers never load them. */
function OperatorPages() {
  const [Loaded, setLoaded] = useState<ComponentType>();
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    import('./admin').then(
      (module) => setLoaded(() => module.AdminPages),
      () => setFailed(true),
    );
  }, []);
  if (Loaded) return <Loaded />;
  return (
    <main class="content">
      {hasFailed ? (
        <Failed what={t('page.failed')} failure={UNREACHABLE} onRetry={() => location.reload()} />
      ) : (
        <Skeleton />
      )}
    </main>
  );
}
