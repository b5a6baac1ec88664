/** The frame around every page: where one can go, who one is, and whether the page is live. */

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { type Feed, useLiveUpdates } from '../api/live';
import { type Key, t } from '../i18n';
import { Link, path } from '../router';
import { Icon, type IconName } from '../ui/icon';
import { Account } from './account';
import { BrandMark, SandboxTag } from './brand-mark';
import { LiveDot, OfflineBar } from './connection';

export type Area = {
  to: string;
  name: Key;
  icon: IconName;
  within?: RegExp;
  /** How much waits there for a person, and what that is. */
  waiting?: { count: number; text: string } | undefined;
};

type ShellProps = {
  areas: readonly Area[];
  feed?: Feed;
  banner?: ComponentChildren;
  /** What stands in the head of every page, such as a search. */
  tool?: ComponentChildren;
  footer?: ComponentChildren;
  children: ComponentChildren;
};

export function Shell({ areas, feed = 'own', banner, tool, footer, children }: ShellProps) {
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
            <BrandMark />
          </Link>
          {!banner && <SandboxTag />}
          <nav class="areas" aria-label={t('nav')}>
            {areas.map((area) => (
              <AreaLink key={area.to} area={area} />
            ))}
          </nav>
          {tool}
          <LiveDot />
          <Account />
        </div>
        {banner}
      </header>
      <main class={`content${banner ? ' is-desk' : ''}`} id="content" tabIndex={-1}>
        {children}
      </main>
      {footer}
    </>
  );
}

function AreaLink({ area: { to, name, icon, within, waiting } }: { area: Area }) {
  const place = useRef<HTMLSpanElement>(null);
  const isCurrent = path.value === to || Boolean(within?.test(path.value));
  useEffect(() => {
    if (isCurrent && place.current) bringIntoView(place.current);
  }, [isCurrent]);
  return (
    <Link to={to} class="area" current={isCurrent}>
      <Icon name={icon} size={18} />
      <span ref={place}>{t(name)}</span>
      {waiting && <Badge {...waiting} />}
    </Link>
  );
}

/** Phones have more areas than fit side by side. Only where they do: the next Tab goes on from what was scrolled to. */
function bringIntoView(place: HTMLElement): void {
  const areas = place.closest('nav');
  if (areas && areas.scrollWidth > areas.clientWidth)
    place.scrollIntoView({ block: 'nearest', inline: 'nearest' });
}

const BADGE_MAX = 99;

/** A number for the eye, and a sentence for the ear. */
export function Badge({ count, text }: { count: number; text: string }) {
  return (
    <span class="badge">
      <span aria-hidden="true">{count > BADGE_MAX ? `${BADGE_MAX}+` : count}</span>
      <span class="hidden"> ({text})</span>
    </span>
  );
}
