/** A customer's contact, written for the first time or anew. The API checks what is typed. */

import { useState } from 'preact/hooks';
import { useAct } from '../../api/acting';
import { type FragmentOf, graphql } from '../../graphql';
import { t } from '../../i18n';
import { ADDRESS_FIELDS, type Address, AddressFields, NO_ADDRESS } from '../../screens/address-fields';
import { Button } from '../../ui/button';
import { Dialog } from '../../ui/dialog';
import { Select, TextField } from '../../ui/field';
import { FormProblem, fieldErrors } from '../../ui/problem';

export const CONTACT = graphql(`
  fragment CustomerContact on Customer @_unmask {
    id
    version
    email
    name
    phone
    externalId
    locale
    address { line1 line2 city state postalCode country }
  }
`);
const CREATE = graphql(`
  mutation CreateCustomer($input: CreateCustomerInput!) {
    createCustomer(input: $input) { customer { id } userErrors { code message field } }
  }
`);
const UPDATE = graphql(
  `
    mutation UpdateCustomer($input: UpdateCustomerInput!) {
      updateCustomer(input: $input) {
        customer { ...CustomerContact taxId taxIdKind }
        userErrors { code message field }
      }
    }
  `,
  [CONTACT],
);

export type Contact = FragmentOf<typeof CONTACT>;

const TEXTS = ['email', 'name', 'phone', 'externalId', 'taxId'] as const;
const FIELDS = [...TEXTS, 'locale', ...ADDRESS_FIELDS] as const;
const LENGTHS = { email: 254, name: 120, phone: 30, externalId: 200, taxId: 20 } as const;

type Draft = Record<(typeof TEXTS)[number], string> & { locale: string; address: Address };

type DialogProps = {
  /** Who is written anew; without one it is somebody new. */
  customer?: Contact;
  onClose: () => void;
  onDone?: (id: string) => void;
};

export function CustomerDialog({ customer, onClose, onDone }: DialogProps) {
  const creating = useAct(CREATE, { once: true });
  const updating = useAct(UPDATE, { once: true });
  const { isBusy, problem } = customer ? updating : creating;
  const [draft, setDraft] = useState(draftOf(customer));
  const errors = fieldErrors(problem.errors, FIELDS);
  const write = async (event: SubmitEvent) => {
    event.preventDefault();
    const written = writtenBy(draft, customer);
    const done = customer
      ? await updating.act({ customerId: customer.id, version: customer.version, ...written })
      : await creating.act({ ...written, email: draft.email.trim() });
    if (!done) return;
    onClose();
    if (done.customer) onDone?.(done.customer.id);
  };
  return (
    <Dialog title={t(customer ? 'customer.edit' : 'customers.new')} onClose={onClose} isWide>
      <form class="form" onSubmit={write} noValidate>
        {TEXTS.map((name) => (
          <TextField
            key={name}
            label={t(`customer.${name}`)}
            value={draft[name]}
            error={errors[name]}
            hint={name === 'taxId' && customer ? t('customer.taxIdHint') : undefined}
            onValue={(value) => setDraft({ ...draft, [name]: value })}
            maxLength={LENGTHS[name]}
            required={name === 'email'}
          />
        ))}
        <Select
          label={t('customer.locale')}
          value={draft.locale}
          onValue={(locale) => setDraft({ ...draft, locale })}
          options={[
            ['', t('customer.localeNone')],
            ['PORTUGUESE', 'Português'],
            ['ENGLISH', 'English'],
          ]}
        />
        <fieldset class="form">
          <legend>{t('customer.address')}</legend>
          <AddressFields
            address={draft.address}
            errors={errors}
            onAddress={(address) => setDraft({ ...draft, address })}
          />
        </fieldset>
        <FormProblem problem={problem} fields={FIELDS} />
        <div class="actions">
          <Button type="submit" look="primary" isBusy={isBusy}>
            {t('customer.save')}
          </Button>
          <Button onClick={onClose}>{t('back')}</Button>
        </div>
      </form>
    </Dialog>
  );
}

function draftOf(customer: Contact | undefined): Draft {
  const known = customer?.address;
  return {
    email: customer?.email ?? '',
    name: customer?.name ?? '',
    phone: customer?.phone ?? '',
    externalId: customer?.externalId ?? '',
    taxId: '',
    locale: customer?.locale ?? '',
    address: known ? { ...NO_ADDRESS, ...known, line2: known.line2 ?? '' } : NO_ADDRESS,
  };
}

/** Returns what the API is told. A tax id that nobody typed stays as it is: the page never had it. */
function writtenBy(draft: Draft, customer: Contact | undefined) {
  const { line1, line2, city, state, postalCode } = draft.address;
  const isGiven = ADDRESS_FIELDS.some((name) => draft.address[name].trim());
  const country = customer?.address?.country ?? 'BR';
  return {
    email: draft.email.trim(),
    name: draft.name.trim() || null,
    phone: draft.phone.trim() || null,
    externalId: draft.externalId.trim() || null,
    locale: (draft.locale || null) as Contact['locale'],
    address: isGiven ? { line1, line2: line2.trim() || null, city, state, postalCode, country } : null,
    ...(draft.taxId.trim() ? { taxId: draft.taxId.trim() } : {}),
  };
}
