/** Buttons: one green one a screen, for the thing to do. */

import type { ButtonHTMLAttributes, ComponentChildren } from 'preact';
import { t } from '../i18n';
import { Link } from '../router';

type Look = 'primary' | 'ghost' | 'danger' | 'link';

type ButtonProps = Omit<ButtonHTMLAttributes, 'class' | 'size'> & {
  look?: Look;
  isSmall?: boolean;
  isWide?: boolean;
  isBusy?: boolean;
  children: ComponentChildren;
};

export function Button({
  look = 'ghost',
  isSmall,
  isWide,
  isBusy = false,
  children,
  onClick,
  ...rest
}: ButtonProps) {
  return (
    <button
      type="button"
      {...rest}
      class={classOf(look, isSmall, isWide)}
      aria-busy={isBusy || undefined}
      // A busy button keeps its place in the order of focus: it only does nothing.
      onClick={isBusy ? (event) => event.preventDefault() : onClick}
    >
      {isBusy && <span class="spinner" />}
      {isBusy ? t('busy') : children}
    </button>
  );
}

type ButtonLinkProps = {
  to: string;
  look?: Look;
  isSmall?: boolean;
  isWide?: boolean;
  children: ComponentChildren;
};

/** Looks like a button, but leads to a page. */
export function ButtonLink({ to, look = 'ghost', isSmall, isWide, children }: ButtonLinkProps) {
  return (
    <Link to={to} class={classOf(look, isSmall, isWide)} current={false}>
      {children}
    </Link>
  );
}

function classOf(look: Look, isSmall = false, isWide = false): string {
  if (look === 'link') return 'link';
  return `button ${look}${isSmall ? ' is-small' : ''}${isWide ? ' is-wide' : ''}`;
}
