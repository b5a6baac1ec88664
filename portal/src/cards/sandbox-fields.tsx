/** A card as people type it, and what can be told wrong about it before the provider sees it. */

import type { Card } from '../api/sandbox';
import { t } from '../i18n';
import { TextField } from '../ui/field';
import { isPast, passesLuhn } from './card-number';

export type TypedCard = { number: string; name: string; expiry: string; code: string };
export type CardErrors = Partial<Record<keyof TypedCard, string>>;

export const NO_CARD: TypedCard = { number: '', name: '', expiry: '', code: '' };
/** One of the sandbox's cards: it pays. */
export const TEST_CARD: TypedCard = {
  number: '4242 4242 4242 4242',
  name: 'Ana Souza',
  expiry: '12/30',
  code: '123',
};

const NUMBER = /^\d{12,19}$/;
const EXPIRY = /^(0[1-9]|1[0-2])\/\d{2}$/;
const CODE = /^\d{3,4}$/;

type CardFieldsProps = { card: TypedCard; errors: CardErrors; onCard: (card: TypedCard) => void };

export function CardFields({ card, errors, onCard }: CardFieldsProps) {
  return (
    <>
      <TextField
        label={t('card.number')}
        value={card.number}
        error={errors.number}
        onValue={(number) => onCard({ ...card, number })}
        format={inFours}
        inputMode="numeric"
        autocomplete="cc-number"
        placeholder="0000 0000 0000 0000"
        maxLength={23}
      />
      <TextField
        label={t('card.name')}
        value={card.name}
        error={errors.name}
        onValue={(name) => onCard({ ...card, name })}
        autocomplete="cc-name"
      />
      <div class="pair">
        <TextField
          label={t('card.expiry')}
          value={card.expiry}
          error={errors.expiry}
          onValue={(expiry) => onCard({ ...card, expiry: withSlash(expiry, card.expiry) })}
          inputMode="numeric"
          autocomplete="cc-exp"
          placeholder={t('card.expiryShape')}
          maxLength={5}
        />
        <TextField
          label={t('card.code')}
          value={card.code}
          error={errors.code}
          onValue={(code) => onCard({ ...card, code })}
          format={digits}
          inputMode="numeric"
          autocomplete="cc-csc"
          maxLength={4}
        />
      </div>
    </>
  );
}

/** Returns what is wrong with *card* on *today*, a date as the API writes it. */
export function cardErrors(card: TypedCard, today: string): CardErrors {
  const errors: CardErrors = {};
  const number = digits(card.number);
  if (!NUMBER.test(number) || !passesLuhn(number)) errors.number = t('card.numberWrong');
  if (!card.name.trim()) errors.name = t('card.nameMissing');
  if (!EXPIRY.test(card.expiry)) errors.expiry = t('card.expiryWrong');
  else if (isPast(card.expiry, today)) errors.expiry = t('card.expired');
  if (!CODE.test(card.code)) errors.code = t('card.codeWrong');
  return errors;
}

export function cardOf({ number, name, expiry, code }: TypedCard): Card {
  const [month = '', year = ''] = expiry.split('/');
  return {
    number: digits(number),
    holderName: name.trim(),
    expirationMonth: Number(month),
    expirationYear: 2000 + Number(year),
    cvv: code,
  };
}

function inFours(text: string): string {
  return digits(text)
    .slice(0, 19)
    .replace(/(\d{4})(?=\d)/g, '$1 ');
}

/** Puts the slash in while somebody types on, and lets them delete it. */
function withSlash(text: string, before: string): string {
  const plain = digits(text).slice(0, 4);
  if (plain.length < 2 || (plain.length === 2 && text.length < before.length)) return plain;
  return `${plain.slice(0, 2)}/${plain.slice(2)}`;
}

function digits(text: string): string {
  return text.replace(/\D/g, '');
}
