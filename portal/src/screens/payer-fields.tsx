/** Who pays a boleto: a name, a CPF or CNPJ, and an address once a payment provider has to know it. */

import { t } from '../i18n';
import { isTaxId, punctuatedTaxId } from '../i18n/tax-id';
import { TextField } from '../ui/field';
import { ADDRESS_FIELDS, type Address, AddressFields, addressErrors, NO_ADDRESS } from './address-fields';

export const PAYER_FIELDS = ['payerName', 'taxId', ...ADDRESS_FIELDS] as const;

export type Payer = { payerName: string; taxId: string; address: Address };
export type PayerErrors = Partial<Record<(typeof PAYER_FIELDS)[number], string>>;

export const NO_PAYER: Payer = { payerName: '', taxId: '', address: NO_ADDRESS };

/** What can be told wrong before the server is asked. */
export function payerErrors({ payerName, taxId, address }: Payer, asksAddress: boolean): PayerErrors {
  const errors: PayerErrors = asksAddress ? addressErrors(address) : {};
  if (!payerName.trim()) errors.payerName = t('boleto.nameMissing');
  if (!taxId.trim()) errors.taxId = t('boleto.taxIdMissing');
  else if (!isTaxId(taxId)) errors.taxId = t('invalid.taxId');
  return errors;
}

type PayerFieldsProps = {
  payer: Payer;
  errors: PayerErrors;
  asksAddress: boolean;
  /** Whether the name and the tax id are asked for, too. */
  asksName?: boolean;
  onPayer: (payer: Payer) => void;
};

export function PayerFields({ payer, errors, asksAddress, asksName = true, onPayer }: PayerFieldsProps) {
  return (
    <>
      {asksName && <NameFields payer={payer} errors={errors} onPayer={onPayer} />}
      {asksAddress && (
        <AddressFields
          address={payer.address}
          errors={errors}
          onAddress={(address) => onPayer({ ...payer, address })}
        />
      )}
    </>
  );
}

type NameFieldsProps = Pick<PayerFieldsProps, 'payer' | 'errors' | 'onPayer'>;

function NameFields({ payer, errors, onPayer }: NameFieldsProps) {
  return (
    <>
      <TextField
        label={t('boleto.name')}
        value={payer.payerName}
        error={errors.payerName}
        onValue={(payerName) => onPayer({ ...payer, payerName })}
        autocomplete="name"
        required
      />
      {/* No keypad of digits: a firm's may hold letters. */}
      <TextField
        label={t('boleto.taxId')}
        value={payer.taxId}
        error={errors.taxId}
        onValue={(taxId) => onPayer({ ...payer, taxId })}
        format={punctuatedTaxId}
        placeholder="000.000.000-00"
        required
      />
    </>
  );
}
