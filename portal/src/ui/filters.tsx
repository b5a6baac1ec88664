/** The filters and the order of a list: the address keeps them, so that links, reloads and Back do too. */

import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { t, word } from '../i18n';
import { useSearchParameter } from '../router';
import { Select, TextField } from './field';

const TEXT_CHARS_MAX = 100;
/** Nobody wants answers to half a word. */
const SEARCH_WAIT_MS = 200;

type Common = {
  /** What the address calls it. */
  name: string;
  label: string;
};
type TextFilter = Common & { placeholder?: string; charsMax?: number };
type ChoiceFilter = Common & {
  options: readonly (readonly [value: string, label: string])[];
  /** An order narrows nothing: it stays when filters are cleared. */
  isOrder?: boolean;
};
export type Filter = TextFilter | ChoiceFilter;

export type Filters = {
  /** The value that was typed or chosen; null if there is none, or it is none of those that may be chosen. */
  chosen: <Value extends string = string>(name: string) => Value | null;
  /** Clears all of them; given while there are some. */
  clear: (() => void) | undefined;
  fields: JSX.Element;
};

export function useFilters(filters: readonly Filter[]): Filters {
  const kept = new Map(
    filters.map((filter) => {
      const [value, set] = useSearchParameter(filter.name);
      return [filter.name, { filter, value: allowed(filter, value), set }];
    }),
  );
  const narrowing = [...kept.values()].filter(({ filter }) => !('isOrder' in filter && filter.isOrder));
  const clear = () => {
    for (const { set } of narrowing) set('');
  };
  return {
    chosen: <Value extends string>(name: string) => (kept.get(name)?.value || null) as Value | null,
    clear: narrowing.some(({ value }) => value) ? clear : undefined,
    fields: (
      <search class="filters">
        {[...kept.values()].map(({ filter, value, set }) =>
          'options' in filter ? (
            <Select
              key={filter.name}
              label={filter.label}
              value={value}
              onValue={set}
              options={filter.options}
            />
          ) : (
            <SearchField key={filter.name} filter={filter} value={value} onValue={set} />
          ),
        )}
      </search>
    ),
  };
}

type SearchFieldProps = { filter: TextFilter; value: string; onValue: (value: string) => void };

/** What is typed goes into the address once somebody pauses; what changes there, such as by clearing, is shown. */
function SearchField({ filter, value, onValue }: SearchFieldProps) {
  const [typed, setTyped] = useState(value);
  useEffect(() => {
    if (typed.trim() !== value) setTyped(value);
  }, [value]);
  useEffect(() => {
    if (typed.trim() === value) return;
    const timer = setTimeout(() => onValue(typed.trim()), SEARCH_WAIT_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <div class="is-grown">
      <TextField
        label={filter.label}
        type="search"
        value={typed}
        onValue={setTyped}
        placeholder={filter.placeholder ?? ''}
        maxLength={filter.charsMax ?? TEXT_CHARS_MAX}
      />
    </div>
  );
}

/** Returns a filter for one of some values of an enum, or all. */
export function oneOf<Value extends string>(
  name: string,
  label: string,
  values: readonly Value[],
  kind: string,
): ChoiceFilter {
  const options = values.map((value) => [value, word(kind, value)] as const);
  return { name, label, options: [['', t('filter.all')], ...options] };
}

/** Returns the choice of what a list is sorted by; its words are those of *kind*. The first one is the usual one. */
export function orderOf(values: readonly string[], kind: string): ChoiceFilter {
  const [usual = '', ...others] = values;
  const options = others.map((value) => [value, word(kind, value)] as const);
  return {
    name: 'ordem',
    label: t('filter.order'),
    options: [['', word(kind, usual)], ...options],
    isOrder: true,
  };
}

function allowed(filter: Filter, value: string): string {
  if (!('options' in filter)) return value;
  return filter.options.some(([option]) => option === value) ? value : '';
}
