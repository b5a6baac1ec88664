/** A CPF or CNPJ: masked, and shown as a whole to who may see it, by a look that is logged. */

import { useState } from 'preact/hooks';
import { client } from '../../api/client';
import { graphql } from '../../graphql';
import { t } from '../../i18n';
import { Button } from '../../ui/button';
import { Allowed } from '../permissions';

const REVEAL = graphql('query RevealTaxId($id: ID!) { customerTaxId(customerId: $id) }');

export function TaxId({ customerId, masked }: { customerId: string; masked: string }) {
  const [shown, setShown] = useState<string | null>(null);
  const [hasFailed, setFailed] = useState(false);
  const reveal = async () => {
    const asked = { requestPolicy: 'network-only' as const };
    const result = await client.value.query(REVEAL, { id: customerId }, asked).toPromise();
    setFailed(!result.data);
    setShown(result.data?.customerTaxId ?? null);
  };
  return (
    <>
      <span class="mono">{shown ?? masked}</span>{' '}
      {!shown && (
        <Allowed to="PERSONAL_DATA_READ">
          <Button look="link" onClick={reveal}>
            {t('customer.reveal')}
          </Button>
        </Allowed>
      )}
      {hasFailed && <span role="alert">{t('customer.revealFailed')}</span>}
    </>
  );
}
