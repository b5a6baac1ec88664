/** Client-side routes: real paths, the history API, and links that say where they lead. */

import { signal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect } from 'preact/hooks';

export type Parameters = Record<string, string>;
export type Route = { pattern: string; view: (parameters: Parameters) => JSX.Element };

export const path = signal(location.pathname);
export const search = signal(new URLSearchParams(location.search));

/** Which entry of the history is open: a page that is come back to is what it was when it was left. */
export let entry = 0;
/** How far down each entry was read when it was left. */
const depths = new Map<number, number>();

type EntryState = { entry: number } | null;

// Pages come back with their rows by and by: only they know when there is something to scroll to.
history.scrollRestoration = 'manual';
let entries = 0;

/** Asked before a page is left that holds what was not saved. */
let question: (() => boolean) | null = null;

/** Lets *ask* say whether the page that is open may be left; returns what ends that. */
export function askBeforeLeaving(ask: () => boolean): () => void {
  question = ask;
  return () => {
    if (question === ask) question = null;
  };
}

addEventListener('popstate', ({ state }) => {
  if (location.pathname !== path.value && question && !question()) {
    history.pushState({ entry }, '', path.value + (search.value.size ? `?${search.value}` : ''));
    return;
  }
  leave((state as EntryState)?.entry ?? 0);
  follow();
});

/** Shows *to*; whoever has *saved* what the page holds is not asked whether to leave it. */
export function navigate(to: string, { replace = false, saved = false } = {}): void {
  if (!saved && question && pathOf(to) !== path.value && !question()) return;
  if (replace) history.replaceState({ entry }, '', to);
  else {
    leave(++entries);
    history.pushState({ entry }, '', to);
  }
  follow();
}

/** Returns how far down the open page was read when it was left; 0 for one that is new. */
export function depthRead(): number {
  return depths.get(entry) ?? 0;
}

function leave(next: number): void {
  depths.set(entry, scrollY);
  // What was ahead of a new entry is gone.
  if (next === entries) depths.delete(next);
  entry = next;
}

/** Returns the first route that *at* matches, with what stands for its `:names`. */
export function routeOf(routes: readonly Route[], at: string): [Route, Parameters] | null {
  for (const route of routes) {
    const parameters = matched(route.pattern, at);
    if (parameters) return [route, parameters];
  }
  return null;
}

type LinkProps = {
  to: string;
  class?: string;
  /** Whether it stands for the page that is open; by default, if the path is the same. */
  current?: boolean;
  children: ComponentChildren;
};

export function Link({ to, current = path.value === to, children, ...rest }: LinkProps) {
  const click = (event: MouseEvent) => {
    const opensElsewhere = event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0;
    if (opensElsewhere || event.defaultPrevented) return;
    event.preventDefault();
    navigate(to);
  };
  return (
    <a href={to} onClick={click} aria-current={current ? 'page' : undefined} {...rest}>
      {children}
    </a>
  );
}

/** Goes somewhere else as soon as it is shown. */
export function Redirect({ to }: { to: string }) {
  useEffect(() => navigate(to, { replace: true }), [to]);
  return null;
}

/** A value that the address keeps, such as a filter: it survives reloads, and links can carry it. */
export function useSearchParameter(name: string): [string, (value: string) => void] {
  const set = (value: string) => {
    const next = new URLSearchParams(search.value);
    if (value) next.set(name, value);
    else next.delete(name);
    const query = next.toString();
    navigate(path.value + (query ? `?${query}` : ''), { replace: true });
  };
  return [search.value.get(name) ?? '', set];
}

function pathOf(to: string): string {
  return new URL(to, location.href).pathname;
}

function follow(): void {
  search.value = new URLSearchParams(location.search);
  path.value = location.pathname;
}

function matched(pattern: string, at: string): Parameters | null {
  const wanted = pattern.split('/');
  const given = at.replace(/(.)\/$/, '$1').split('/');
  if (wanted.length !== given.length) return null;
  const parameters: Parameters = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    if (part.startsWith(':')) parameters[part.slice(1)] = value;
    else if (part !== value) return null;
  }
  return parameters;
}
