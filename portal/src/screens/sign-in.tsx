/** Signing in, by the ways that are set up: the seller's identity provider, a mailed link, a demo person. */

import { useEffect, useState } from 'preact/hooks';
import type { Failure } from '../api/failure';
import { type DemoPerson, demoPeople, sessionFor } from '../api/sandbox';
import { providerAddress } from '../api/sign-in';
import { t, word } from '../i18n';
import { path } from '../router';
import { hasExpired, takeUp, ways } from '../session';
import { LanguageChoice } from '../shell/account';
import { BrandMark, SandboxTag } from '../shell/brand-mark';
import { OfflineBar } from '../shell/connection';
import { Footer } from '../shell/footer';
import { ErrorText } from '../ui/field';
import { Icon } from '../ui/icon';
import { Notice, Page } from '../ui/page';
import { Failed, failureText, Skeleton } from '../ui/states';
import { LinkForm } from './sign-in-link';

type Reason = { title: string; text?: string };

export function SignIn({ reason }: { reason?: Reason | undefined }) {
  const open = ways.value;
  return (
    <>
      <OfflineBar />
      <header class="top">
        <div class="top-row">
          <span class="brand">
            <BrandMark />
          </span>
          <SandboxTag />
        </div>
      </header>
      <main class="content">
        <Page title={t('signIn')} lede={t('signIn.lede')}>
          {hasExpired.value && (
            <Notice tone="warn" title={t('signIn.expired')} text={t('signIn.expiredText')} />
          )}
          {reason && <Notice tone="warn" {...reason} />}
          <div class="narrow stack">
            {open?.provider && <ByProvider name={open.provider} />}
            {open?.demo && <People />}
            {open?.link && <LinkForm isFirst={!open.provider && !open.demo} />}
            {open && !open.provider && !open.link && !open.demo && <NoWay />}
            <LanguageChoice />
          </div>
        </Page>
      </main>
      <Footer />
    </>
  );
}

/** The provider's own pages take over from here, so that it is a link and no request of this page. */
function ByProvider({ name }: { name: string }) {
  return (
    <a class="button primary is-wide" href={providerAddress(path.value)}>
      {t('signIn.with', { name })}
    </a>
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
    if (outcome.failure) setRefusal(failureText(outcome.failure));
    else await takeUp();
  };
  // Demo people are for browsers on the machine itself.
  if (failure?.kind === 'refused') return <NoWay />;
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

/** Nothing is set up here, or not for this browser: people come by a link of the seller's own pages. */
function NoWay() {
  return (
    <section class="card stack">
      <h2 class="card-title">{t('signIn.noWay')}</h2>
      <p class="muted">{t('signIn.noWayText')}</p>
    </section>
  );
}

function roleText({ role, status, plan }: DemoPerson): string {
  if (role === 'admin') return t('signIn.operator');
  return [plan, status && word('subscription', status)].filter(Boolean).join(', ') || t('signIn.newcomer');
}
