/** What one item says, as text in fields, and how that is read into the API's input. */

import { t } from '../../i18n';
import { Checks } from '../../ui/choice';
import { TextField } from '../../ui/field';
import { decimalOf, wholeOf } from '../amount';

export type ItemDraft = Record<Field, string> & { isPenalty: boolean };
export type ItemWrong = Partial<Record<Field, string>>;
type Field = 'description' | 'unitPrice' | 'quantity' | 'taxCategory';

export const ITEM_FIELDS = ['description', 'unitPrice', 'quantity', 'taxCategory'] as const;
export const NO_ITEM: ItemDraft = {
  description: '',
  unitPrice: '',
  quantity: '1',
  taxCategory: '',
  isPenalty: false,
};
const DESCRIPTION_CHARS_MAX = 120;
const CATEGORY_CHARS_MAX = 40;

type ItemFieldsProps = { draft: ItemDraft; wrong: ItemWrong; onDraft: (draft: ItemDraft) => void };

export function ItemFields({ draft, wrong, onDraft }: ItemFieldsProps) {
  const field = (name: Field) => ({
    value: draft[name],
    error: wrong[name],
    onValue: (value: string) => onDraft({ ...draft, [name]: value }),
  });
  return (
    <>
      <TextField
        label={t('items.description')}
        {...field('description')}
        maxLength={DESCRIPTION_CHARS_MAX}
        required
      />
      <div class="pair">
        <TextField label={t('items.price')} {...field('unitPrice')} inputMode="decimal" required />
        <TextField label={t('items.quantity')} {...field('quantity')} inputMode="numeric" required />
      </div>
      <TextField label={t('items.taxCategory')} {...field('taxCategory')} maxLength={CATEGORY_CHARS_MAX} />
      <Checks
        legend={t('items.penalty')}
        values={draft.isPenalty ? ['penalty'] : []}
        options={[{ value: 'penalty', label: t('items.penaltyCheck') }]}
        onValues={(values) => onDraft({ ...draft, isPenalty: values.length > 0 })}
      />
    </>
  );
}

/** Returns what the fields say, or what is wrong with each that can't be read. */
export function itemOf(draft: ItemDraft, currency: string) {
  const amount = decimalOf(draft.unitPrice);
  const quantity = wholeOf(draft.quantity);
  const wrong: ItemWrong = {};
  if (!draft.description.trim()) wrong.description = t('items.descriptionMissing');
  if (amount === null) wrong.unitPrice = t('amount.wrong');
  if (quantity === null) wrong.quantity = t('items.numberWrong');
  if (amount === null || quantity === null || Object.keys(wrong).length) return { wrong };
  const input = {
    description: draft.description.trim(),
    unitPrice: { amount, currency },
    quantity,
    taxCategory: draft.taxCategory.trim() || null,
    penalty: draft.isPenalty,
  };
  return { input, wrong };
}
