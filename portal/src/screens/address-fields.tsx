/** Where a payer lives: asked for only once a payment provider has to know it. */

import { t } from '../i18n';
import { TextField } from '../ui/field';

export const ADDRESS_FIELDS = ['line1', 'line2', 'city', 'state', 'postalCode'] as const;

export type Address = Record<(typeof ADDRESS_FIELDS)[number], string>;

export const NO_ADDRESS: Address = { line1: '', line2: '', city: '', state: '', postalCode: '' };

const AUTOCOMPLETE = {
  line1: 'address-line1',
  line2: 'address-line2',
  city: 'address-level2',
  state: 'address-level1',
  postalCode: 'postal-code',
} as const;

export function addressErrors(address: Address): Partial<Address> {
  const errors: Partial<Address> = {};
  for (const name of ADDRESS_FIELDS) {
    if (!address[name].trim() && name !== 'line2') errors[name] = t('address.missing');
  }
  return errors;
}

type AddressFieldsProps = {
  address: Address;
  errors: Partial<Address>;
  onAddress: (address: Address) => void;
};

export function AddressFields({ address, errors, onAddress }: AddressFieldsProps) {
  return (
    <>
      {ADDRESS_FIELDS.map((name) => (
        <TextField
          key={name}
          label={t(`address.${name}`)}
          value={address[name]}
          error={errors[name]}
          onValue={(value) => onAddress({ ...address, [name]: value })}
          autocomplete={AUTOCOMPLETE[name]}
          required={name !== 'line2'}
        />
      ))}
    </>
  );
}
