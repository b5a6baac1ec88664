/** What plans and products say of themselves line by line: "alunos = 30", or a star for no limit. */

import { wholeOf } from './amount';

export type Limit = { name: string; value?: number | null; unlimited?: boolean };

/** Stands for no limit, where a number would stand. */
const UNLIMITED = '*';

/** Reads "alunos = 30", or a star for no limit; null if it is something else. */
export function limitOf(line: string): Limit | null {
  const [name = '', text = '', ...rest] = line.split('=').map((part) => part.trim());
  if (name && text === UNLIMITED && !rest.length) return { name, unlimited: true };
  const value = wholeOf(text);
  return name && value !== null && !rest.length ? { name, value } : null;
}

export function limitText({ name, value, unlimited }: Limit): string {
  return `${name} = ${unlimited ? UNLIMITED : value}`;
}

export function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}
