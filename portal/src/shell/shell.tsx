/** The frame around every page: where one can go, who one is, and whether the page is live. */

import type { ComponentChildren } from 'preact';
import { type Feed, useLiveUpdates } from '../api/live';
import { type Key, t } from '../i18n';
import { Link, path } from '../router';
import { Icon, type IconName } from '../ui/icon';
import { Account } from './account';
import { LiveDot, OfflineBar } from './connection';

export type Area = { to: string; name: Key; icon: IconName; within?: RegExp };

type ShellProps = {
  areas: readonly Area[];
  feed?: Feed;
  banner?: ComponentChildren;
  children: ComponentChildren;
};

export function Shell({ areas, feed = 'own', banner, children }: ShellProps) {
  useLiveUpdates(feed);
  return (
    <>
      <a class="skip" href="#content">
        {t('skip')}
      </a>
      <OfflineBar />
      <header class="top">
        <div class="top-row">
          <Link to={areas[0]?.to ?? '/'} class="brand" current={false}>
            <Mark />
            <span>ciclo</span>
          </Link>
          <nav class="areas" aria-label={t('nav')}>
            {areas.map((area) => (
              <AreaLink key={area.to} area={area} />
            ))}
          </nav>
          <LiveDot />
          <Account />
        </div>
        {banner}
      </header>
      <main class="content" id="content" tabIndex={-1}>
        {children}
      </main>
    </>
  );
}

function AreaLink({ area: { to, name, icon, within } }: { area: Area }) {
  return (
    <Link to={to} class="area" current={path.value === to || Boolean(within?.test(path.value))}>
      <Icon name={icon} size={18} />
      <span>{t(name)}</span>
    </Link>
  );
}

export function Mark() {
  return (
    <svg width="24" height="24" viewBox="0 0 16 16" fill="none" aria-hidden="true">
      <path d="M9.2 2.2A6 6 0 1 1 3.6 4" stroke="var(--accent)" stroke-width="2.6" stroke-linecap="round" />
    </svg>
  );
}
