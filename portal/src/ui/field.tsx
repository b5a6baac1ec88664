/** Fields: a label above, the native control, and what is wrong with it below. */

import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { Icon } from './icon';
import { mask } from './masked';

type Common = {
  label: string;
  error?: string | undefined;
  hint?: string | undefined;
  onValue: (value: string) => void;
};

type TextFieldProps = Common & {
  value: string;
  type?: 'text' | 'email' | 'search' | 'date';
  inputMode?: 'numeric' | 'decimal';
  autocomplete?:
    | 'name'
    | 'email'
    | 'cc-number'
    | 'cc-name'
    | 'cc-exp'
    | 'cc-csc'
    | 'address-line1'
    | 'address-line2'
    | 'address-level1'
    | 'address-level2'
    | 'postal-code';
  placeholder?: string;
  maxLength?: number;
  required?: boolean;
  /** The id of a list of values to choose from. */
  list?: string;
  /** Returns what was typed as people write it. */
  format?: (text: string) => string;
};

export function TextField({ label, error, hint, onValue, format, ...rest }: TextFieldProps) {
  return (
    <Field label={label} error={error} hint={hint}>
      {(control) => (
        <input
          class="input"
          {...(rest as object)}
          {...control}
          onInput={({ currentTarget: input }) => onValue(format ? mask(input, format) : input.value)}
        />
      )}
    </Field>
  );
}

type TextAreaProps = Common & { value: string; maxLength?: number };

export function TextArea({ label, error, hint, onValue, ...rest }: TextAreaProps) {
  return (
    <Field label={label} error={error} hint={hint}>
      {(control) => (
        <textarea
          class="input"
          rows={3}
          {...rest}
          {...control}
          onInput={(event) => onValue(event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

type SelectProps = Common & { value: string; options: readonly (readonly [value: string, label: string])[] };

export function Select({ label, error, hint, onValue, value, options }: SelectProps) {
  return (
    <Field label={label} error={error} hint={hint}>
      {(control) => (
        <span class="select">
          <select
            class="input"
            {...control}
            value={value}
            onChange={(event) => onValue(event.currentTarget.value)}
          >
            {options.map(([option, text]) => (
              <option key={option} value={option}>
                {text}
              </option>
            ))}
          </select>
          <Icon name="chevron" />
        </span>
      )}
    </Field>
  );
}

type Control = { id: string; 'aria-invalid'?: true; 'aria-describedby'?: string };
type FieldProps = Pick<Common, 'label' | 'error' | 'hint'> & {
  children: (control: Control) => ComponentChildren;
};

function Field({ label, error, hint, children }: FieldProps) {
  const id = useId();
  const noteId = `${id}-note`;
  const control: Control = { id };
  if (error) control['aria-invalid'] = true;
  if (error || hint) control['aria-describedby'] = noteId;
  return (
    <div class="field">
      <label class="label" for={id}>
        {label}
      </label>
      {children(control)}
      {error ? (
        <ErrorText id={noteId}>{error}</ErrorText>
      ) : (
        hint && <p class="hint" id={noteId} children={hint} />
      )}
    </div>
  );
}

export function ErrorText({ id, children }: { id?: string; children: ComponentChildren }) {
  return (
    <p class="error" id={id} role={id ? undefined : 'alert'}>
      <Icon name="alert" />
      <span>{children}</span>
    </p>
  );
}
