/** Whether the page hears of changes, and whether there is a network at all. */

import { signal } from '@preact/signals';
import { changes, liveness } from '../api/client';
import { t } from '../i18n';
import { Icon } from '../ui/icon';

const isOffline = signal(!navigator.onLine);

addEventListener('offline', () => {
  isOffline.value = true;
});
addEventListener('online', () => {
  isOffline.value = false;
  changes.value++;
});

export function OfflineBar() {
  if (!isOffline.value) return null;
  return (
    <p class="offline" role="alert">
      <Icon name="alert" />
      {t('offline')}
    </p>
  );
}

export function LiveDot() {
  const isLive = liveness.value === 'open' && !isOffline.value;
  return (
    <span class={`live${isLive ? ' is-on' : ''}`} role="status">
      <span class="live-word">{isLive ? t('live.on') : t('live.lost')}</span>
    </span>
  );
}
