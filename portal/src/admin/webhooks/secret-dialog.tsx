/** A secret, which is shown this once. */

import { t } from '../../i18n';
import { Button } from '../../ui/button';
import { Copy } from '../../ui/copy';
import { Dialog } from '../../ui/dialog';

export function SecretDialog({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <Dialog title={t('webhooks.secretTitle')} onClose={onClose}>
      <p class="muted">{t('webhooks.secretText')}</p>
      <Copy text={secret} label={t('webhooks.copySecret')} name={t('webhooks.secret')} />
      <div class="actions">
        <Button onClick={onClose}>{t('close')}</Button>
      </div>
    </Dialog>
  );
}
