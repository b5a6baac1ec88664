/** Fields that punctuate what is typed: the caret stays behind the same character, also in the middle. */

const COUNTS = /[0-9a-z]/i;

/** Writes *input*'s text as *mask* has it, and returns it. */
export function mask(input: HTMLInputElement, format: (text: string) => string): string {
  const typed = input.value;
  const before = countOf(typed.slice(0, input.selectionStart ?? typed.length));
  const text = format(typed);
  input.value = text;
  const caret = before === countOf(typed) ? text.length : placeAfter(text, before);
  input.setSelectionRange(caret, caret);
  return text;
}

function countOf(text: string): number {
  return Array.from(text).filter((char) => COUNTS.test(char)).length;
}

/** The place behind the first *count* characters that are no punctuation. */
function placeAfter(text: string, count: number): number {
  let left = count;
  for (const [place, char] of Array.from(text).entries()) {
    if (!left) return place;
    if (COUNTS.test(char)) left--;
  }
  return text.length;
}
