/** Forms that hold what nobody saved: they ask before they are left. */

import { useEffect, useState } from 'preact/hooks';
import { t } from '../i18n';
import { askBeforeLeaving } from '../router';

/** Asks before the page is left while *draft* is not what it was when the form came. */
export function useUnsaved(draft: unknown): void {
  const now = JSON.stringify(draft);
  const [start] = useState(now);
  const isDirty = now !== start;
  useEffect(() => {
    if (!isDirty) return;
    const unload = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('beforeunload', unload);
    const forget = askBeforeLeaving(() => confirm(t('unsaved')));
    return () => {
      removeEventListener('beforeunload', unload);
      forget();
    };
  }, [isDirty]);
}
