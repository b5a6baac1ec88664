/** CPF and CNPJ: punctuated while they are typed, and checked by their last two digits, as the server does. */

const CHARS_MAX = 14;
const CPF_CHARS = 11;
/** What stands before a character, by its place. */
const CPF_SIGNS: Record<number, string> = { 3: '.', 6: '.', 9: '-' };
const CNPJ_SIGNS: Record<number, string> = { 2: '.', 5: '.', 8: '/', 12: '-' };
const CPF = /^\d{11}$/;
/** A firm's may hold letters since July 2026. */
const CNPJ = /^[0-9A-Z]{12}\d{2}$/;
const CPF_WEIGHTS = [11, 10, 9, 8, 7, 6, 5, 4, 3, 2];
const CNPJ_WEIGHTS = [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2];

/** Returns what was typed as people write it; as long as it may be a person's, as theirs. */
export function punctuatedTaxId(text: string): string {
  const plain = plainTaxId(text).slice(0, CHARS_MAX);
  const signs = plain.length > CPF_CHARS || /[A-Z]/.test(plain) ? CNPJ_SIGNS : CPF_SIGNS;
  return Array.from(plain, (char, place) => (signs[place] ?? '') + char).join('');
}

/** Returns whether both check digits follow from the rest. */
export function isTaxId(text: string): boolean {
  const plain = plainTaxId(text);
  const weights = CPF.test(plain) ? CPF_WEIGHTS : CNPJ.test(plain) ? CNPJ_WEIGHTS : null;
  if (!weights || new Set(plain).size === 1) return false;
  const first = checkDigit(plain.slice(0, -2), weights.slice(1));
  return plain.endsWith(first + checkDigit(plain.slice(0, -2) + first, weights));
}

function plainTaxId(text: string): string {
  return text.toUpperCase().replace(/[^0-9A-Z]/g, '');
}

function checkDigit(body: string, weights: readonly number[]): string {
  const sum = weights.reduce((so, weight, place) => so + weight * (body.charCodeAt(place) - 48), 0);
  return String(sum % 11 < 2 ? 0 : 11 - (sum % 11));
}
