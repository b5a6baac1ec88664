/** On to the seller, by itself or at once. */

import { t } from '../i18n';
import { Button } from '../ui/button';
import { leadOn, useLeadOn } from './after';

export function LeadOn({ url }: { url: string }) {
  useLeadOn(url);
  return (
    <div class="stack">
      <p class="muted" role="status">
        {t('checkoutLink.leading', { host: new URL(url).host })}
      </p>
      <div class="actions">
        <Button look="primary" onClick={() => leadOn(url)}>
          {t('checkoutLink.goOn')}
        </Button>
      </div>
    </div>
  );
}
