/** Keeps the focus on the page: what vanishes under it, such as a button that has done its work, hands it on. */

const isLost = () => document.activeElement === document.body;

/** Watches for as long as the page is open. */
export function keepFocus(root: Element): void {
  let last: Element | null = null;
  addEventListener('focusin', ({ target }) => {
    last = target instanceof Element ? target : null;
  });
  new MutationObserver(() => {
    if (!last || last.isConnected || !isLost()) return;
    last = null;
    // After whatever else is done at this moment: a dialog gives the focus back by itself, pages take it.
    queueMicrotask(() => {
      if (isLost()) root.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
    });
  }).observe(root, { childList: true, subtree: true });
}
