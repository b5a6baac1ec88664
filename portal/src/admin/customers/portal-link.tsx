/** An address that signs a customer in once, to be handed to them: there they pay and change their method. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { graphql } from '../../graphql';
import { t } from '../../i18n';
import { instant } from '../../i18n/format';
import { Button } from '../../ui/button';
import { Copy } from '../../ui/copy';
import { Dialog } from '../../ui/dialog';
import { ActDialog } from '../act-dialog';

const CREATE = graphql(`
  mutation CreatePortalLink($input: CreatePortalSessionInput!) {
    createPortalSession(input: $input) { url expiresAt userErrors { code message field } }
  }
`);

export function PortalLinkDialog({ customerId, onClose }: { customerId: string; onClose: () => void }) {
  // A repeat makes another link: of two, both are good once.
  const act = useAct(CREATE);
  const [made, setMade] = useState<{ url: string; expiresAt: string } | null>(null);
  const create = async () => {
    const done = await act.act({ customerId });
    if (done?.url && done.expiresAt) setMade({ url: done.url, expiresAt: done.expiresAt });
  };
  if (made) {
    return (
      <Dialog title={t('portalLink')} onClose={onClose}>
        <p class="muted">{t('portalLink.until', { time: instant(made.expiresAt) })}</p>
        <Copy text={made.url} label={t('portalLink.copy')} name={t('portalLink')} />
        <div class="actions">
          <Button onClick={onClose}>{t('close')}</Button>
        </div>
      </Dialog>
    );
  }
  return (
    <ActDialog
      title={t('portalLink')}
      text={t('portalLink.text')}
      confirm={t('portalLink.create')}
      act={act}
      onAct={create}
      onClose={onClose}
    />
  );
}
