/** A page: its title, which gets the focus when somebody arrives, and what it is for. */

import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { BRAND } from '../brand';
import { depthRead, path } from '../router';

type PageProps = {
  title: string;
  lede?: ComponentChildren;
  /** What stands beside the title, such as a switch. */
  aside?: ComponentChildren;
  children: ComponentChildren;
};

let arrivedAt = path.value;
let hasMoved = false;

export function Page({ title, lede, aside, children }: PageProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    document.title = `${title} · ${BRAND.name}`;
  }, [title]);
  useEffect(() => {
    // The first page is where the browser put the focus; a later one begins at its title, also if
    // that title takes the place of one that had the focus.
    const isNew = arrivedAt !== path.value;
    arrivedAt = path.value;
    hasMoved ||= isNew;
    if (isNew) scrollTo(0, depthRead());
    const isLost = document.activeElement === document.body;
    if (isNew || (hasMoved && isLost)) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <>
      <header class="page-head">
        <div>
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          {lede && <p class="lede">{lede}</p>}
        </div>
        {aside}
      </header>
      {children}
    </>
  );
}

type SectionProps = {
  title: string;
  aside?: ComponentChildren;
  isRuled?: boolean;
  children: ComponentChildren;
};

export function Section({ title, aside, isRuled = false, children }: SectionProps) {
  return (
    <section class={`section${isRuled ? ' is-ruled' : ''}`}>
      <div class="section-head">
        <h2>{title}</h2>
        {aside}
      </div>
      {children}
    </section>
  );
}

type NoticeProps = {
  tone: 'warn' | 'danger' | 'info';
  title: string;
  text?: string;
  children?: ComponentChildren;
};

/** Something that the reader should do, or know, before anything else on the page. */
export function Notice({ tone, title, text, children }: NoticeProps) {
  return (
    <div class={`notice is-${tone}`}>
      <div>
        <p class="notice-title">{title}</p>
        {text && <p class="muted">{text}</p>}
      </div>
      {children && <div class="actions">{children}</div>}
    </div>
  );
}
