/** Which page the address and the signed-in person lead to. */

import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { type Failure, UNREACHABLE } from './api/failure';
import { redeemCode } from './api/sign-in';
import { t } from './i18n';
import { path, Redirect, search } from './router';
import { CustomerPages } from './screens';
import { SignIn } from './screens/sign-in';
import { isCheckout, learnPerson, link, person, takeCodeFromAddress, takeUp } from './session';
import { Failed, failureText, Skeleton } from './ui/states';
import { Toasts } from './ui/toast';

const OPERATORS_AREA = /^\/(admin|sandbox\/mail)(\/|$)/;
const SIGN_IN = '/entrar';

export function App() {
  return link ? <LinkedPages /> : <SignedInPages />;
}

/** What a link opens: nobody is signed in there, and who is in another tab does not matter. */
function LinkedPages() {
  return (
    <>
      <Later load={isCheckout ? loadCheckout : loadInvoice} />
      <Toasts />
    </>
  );
}

const loadInvoice = () => import('./linked').then((module) => module.LinkedInvoicePage);
const loadCheckout = () => import('./linked/checkout').then((module) => module.LinkedCheckoutPage);

function SignedInPages() {
  const { isBusy, failure, retry, refusal } = useArrival();
  return (
    <>
      {isBusy || failure ? <Waiting failure={failure} onRetry={retry} /> : <Pages refusal={refusal} />}
      <Toasts />
    </>
  );
}

/** Signs in by the code in the address, if there is one, and asks who is signed in. */
function useArrival() {
  const [isBusy, setBusy] = useState(true);
  const [failure, setFailure] = useState<Failure>();
  const [refusal, setRefusal] = useState(refusalInAddress);
  const arrive = async () => {
    const code = takeCodeFromAddress();
    if (code === null && person.value !== undefined) return;
    setBusy(true);
    setFailure(undefined);
    const refused = code === null ? null : await redeemCode(code);
    const isTold = await learnPerson();
    if (code !== null && !refused) await takeUp();
    if (code !== null) setRefusal(refused ?? undefined);
    setFailure(isTold ? undefined : UNREACHABLE);
    setBusy(false);
  };
  useEffect(() => {
    void arrive();
    const follow = () => void arrive();
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  return { isBusy, failure, refusal, retry: () => void arrive() };
}

/** What the way back from an identity provider says that went wrong. */
function refusalInAddress(): Failure | undefined {
  const code = search.value.get('problema');
  return path.value === SIGN_IN && code ? { kind: 'refused', code, requestId: null } : undefined;
}

function Waiting({ failure, onRetry }: { failure: Failure | undefined; onRetry: () => void }) {
  return (
    <main class="content">
      {failure ? <Failed what={t('page.failed')} failure={failure} onRetry={onRetry} /> : <Skeleton />}
    </main>
  );
}

function Pages({ refusal }: { refusal: Failure | undefined }) {
  const who = person.value;
  const forOperators = OPERATORS_AREA.test(path.value);
  const refused = refusal && { title: t('signIn.refused'), text: failureText(refusal) };
  if (!who) return <SignIn reason={refused} />;
  if (forOperators && !who.isOperator) return <SignIn reason={{ title: t('signIn.operatorsOnly') }} />;
  if (forOperators) return <OperatorPages key={who.email} />;
  if (who.isOperator) return <Redirect to="/admin" />;
  return path.value === SIGN_IN ? <Redirect to="/" /> : <CustomerPages key={who.email} />;
}

/** The operators' pages come with the first visit to them: customers never load them. */
function OperatorPages() {
  return (
    <Later load={() => import('./admin').then(({ AdminPages, ready }) => ready.then(() => AdminPages))} />
  );
}

function Later({ load }: { load: () => Promise<ComponentType> }) {
  const [Loaded, setLoaded] = useState<ComponentType>();
  const [hasFailed, setFailed] = useState(false);
  useEffect(() => {
    load().then(
      (component) => setLoaded(() => component),
      () => setFailed(true),
    );
  }, []);
  if (Loaded) return <Loaded />;
  return <Waiting failure={hasFailed ? UNREACHABLE : undefined} onRetry={() => location.reload()} />;
}
