/** Signing in. In the sandbox one chooses a demo person; elsewhere an identity provider brings people here. */

import { useEffect, useState } from 'preact/hooks';
import type { Failure } from '../api/failure';
import { type DemoPerson, demoPeople, sessionFor } from '../api/sandbox';
import { t, word } from '../i18n';
import { navigate, path } from '../router';
import { hasExpired, signIn } from '../session';
import { LanguageChoice } from '../shell/account';
import { OfflineBar } from '../shell/connection';
import { Mark } from '../shell/shell';
import { ErrorText } from '../ui/field';
import { Icon } from '../ui/icon';
import { Notice, Page } from '../ui/page';
import { Failed, failureText, Skeleton } from '../ui/states';

export function SignIn({ reason }: { reason?: string }) {
  return (
    <>
      <OfflineBar />
      <header class="top">
        <div class="top-row">
          <span class="brand">
            <Mark />
            <span>ciclo</span>
          </span>
        </div>
      </header>
      <main class="content">
        <Page title={t('signIn')} lede={t('signIn.lede')}>
          {hasExpired.value && (
            <Notice tone="warn" title={t('signIn.expired')} text={t('signIn.expiredText')} />
          )}
          {reason && <Notice tone="warn" title={reason} />}
          <div class="narrow stack">
            <People />
            <LanguageChoice />
          </div>
        </Page>
      </main>
    </>
  );
}

function People() {
  const [people, setPeople] = useState<DemoPerson[]>();
  const [failure, setFailure] = useState<Failure>();
  const [refusal, setRefusal] = useState('');
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    void demoPeople().then((outcome) => {
      if (outcome.failure) setFailure(outcome.failure);
      else setPeople(outcome.value.people);
    });
  }, [attempt]);
  const retry = () => {
    setFailure(undefined);
    setAttempt(attempt + 1);
  };
  const choose = async (email: string) => {
    const outcome = await sessionFor(email);
    if (outcome.failure) {
      setRefusal(failureText(outcome.failure));
      return;
    }
    signIn(outcome.value.token);
    if (path.value === '/entrar') navigate('/', { replace: true });
  };
  if (failure?.kind === 'refused') return <OwnIdentityProvider />;
  if (failure) return <Failed what={t('signIn.failed')} failure={failure} onRetry={retry} />;
  if (!people) return <Skeleton rows={3} />;
  return (
    <>
      <h2 class="card-title">{t('signIn.choose')}</h2>
      {refusal && <ErrorText>{refusal}</ErrorText>}
      <ul class="people">
        {people.map((one) => (
          <li key={one.email}>
            <button type="button" class="person" onClick={() => choose(one.email)}>
              <span class="person-name">
                <strong>{one.email}</strong>
                <span class="hint">{roleText(one)}</span>
              </span>
              <Icon name="arrow" />
            </button>
          </li>
        ))}
      </ul>
      <p class="hint">{t('signIn.sandbox')}</p>
    </>
  );
}

/** There is nothing to choose here: say who signs people in, and how they arrive. */
function OwnIdentityProvider() {
  return (
    <section class="card stack">
      <h2 class="card-title">{t('signIn.provider')}</h2>
      <p class="muted">{t('signIn.providerText')}</p>
      <p class="muted">{t('signIn.localText')}</p>
      <pre class="code">ciclo token --email ana@example.com</pre>
    </section>
  );
}

function roleText({ role, status, plan }: DemoPerson): string {
  if (role === 'admin') return t('signIn.operator');
  return [plan, status && word('subscription', status)].filter(Boolean).join(', ') || t('signIn.newcomer');
}
