/** Who takes what a link sells, and how many: checked here, and by the server again. */

import type { Problem } from '../api/acting';
import { t } from '../i18n';
import { isTaxId, punctuatedTaxId } from '../i18n/tax-id';
import { TextField } from '../ui/field';
import { fieldErrors } from '../ui/problem';

export const WHO_FIELDS = ['email', 'name', 'taxId', 'quantity'] as const;

export type Who = { email: string; name: string; taxId: string; quantity: string | null };
export type WhoErrors = Partial<Record<(typeof WHO_FIELDS)[number], string>>;
type Asked = { asksWho: boolean; quantity: { min: number; max: number }; chosen: number };

/** A quantity of null is the one that the price is shown for. */
export const NOBODY: Who = { email: '', name: '', taxId: '', quantity: null };
const EMAIL = /^\S+@\S+\.\S+$/;
const NAME_CHARS_MAX = 120;

export function errorsOfWho({ email, name, taxId, quantity }: Who, offer: Asked): WhoErrors {
  const errors: WhoErrors = {};
  if (quantity !== null && quantityOf(quantity, offer) === null) errors.quantity = boundsText(offer);
  if (!offer.asksWho) return errors;
  if (!email.trim()) errors.email = t('signIn.emailMissing');
  else if (!EMAIL.test(email.trim())) errors.email = t('signIn.emailWrong');
  if (!name.trim()) errors.name = t('boleto.nameMissing');
  if (!taxId.trim()) errors.taxId = t('boleto.taxIdMissing');
  else if (!isTaxId(taxId)) errors.taxId = t('invalid.taxId');
  return errors;
}

type WhoFieldsProps = {
  who: Who;
  offer: Asked;
  errors: WhoErrors;
  problem: Problem;
  onWho: (who: Who) => void;
  onQuantity: (quantity: number) => void;
};

export function WhoFields({ who, offer, errors, problem, onWho, onQuantity }: WhoFieldsProps) {
  const shown = { ...fieldErrors(problem.errors, WHO_FIELDS), ...errors };
  const choose = (text: string) => {
    onWho({ ...who, quantity: text });
    const chosen = quantityOf(text, offer);
    if (chosen !== null) onQuantity(chosen);
  };
  return (
    <>
      {offer.quantity.min < offer.quantity.max && (
        <TextField
          label={t('checkoutLink.quantity')}
          value={who.quantity ?? String(offer.chosen)}
          error={shown.quantity}
          hint={boundsText(offer)}
          onValue={choose}
          inputMode="numeric"
          maxLength={5}
          required
        />
      )}
      {offer.asksWho && (
        <>
          <TextField
            label={t('signIn.email')}
            type="email"
            value={who.email}
            error={shown.email}
            hint={t('checkoutLink.emailHint')}
            onValue={(email) => onWho({ ...who, email })}
            autocomplete="email"
            required
          />
          <TextField
            label={t('checkoutLink.name')}
            value={who.name}
            error={shown.name}
            onValue={(name) => onWho({ ...who, name })}
            autocomplete="name"
            maxLength={NAME_CHARS_MAX}
            required
          />
          {/* No keypad of digits: a firm's may hold letters. */}
          <TextField
            label={t('boleto.taxId')}
            value={who.taxId}
            error={shown.taxId}
            onValue={(taxId) => onWho({ ...who, taxId })}
            format={punctuatedTaxId}
            placeholder="000.000.000-00"
            required
          />
        </>
      )}
    </>
  );
}

function quantityOf(text: string, { quantity: { min, max } }: Asked): number | null {
  const value = /^\d{1,5}$/.test(text.trim()) ? Number(text) : 0;
  return value >= min && value <= max ? value : null;
}

function boundsText({ quantity: { min, max } }: Asked): string {
  return t('checkoutLink.bounds', { min: String(min), max: String(max) });
}
