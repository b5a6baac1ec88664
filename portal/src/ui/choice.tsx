/** One or some of several: native radios and checkboxes, so that the usual keys work. */

import { useId } from 'preact/hooks';
import { ErrorText } from './field';

type Option<Value extends string> = { value: Value; label: string; note?: string | undefined };

type ChoiceProps<Value extends string> = {
  legend: string;
  value: Value;
  options: readonly Option<Value>[];
  onValue: (value: Value) => void;
  /** Whether the legend is to be seen, not only heard. */
  showsLegend?: boolean;
};

export function Segments<Value extends string>({
  legend,
  value,
  options,
  onValue,
  showsLegend,
}: ChoiceProps<Value>) {
  return (
    <fieldset class={showsLegend ? 'field' : ''}>
      <legend class={showsLegend ? 'label' : 'hidden'}>{legend}</legend>
      <span class="segments">
        <Radios class="segment" options={options} value={value} onValue={onValue} />
      </span>
    </fieldset>
  );
}

export function Choices<Value extends string>({
  legend,
  value,
  options,
  onValue,
  showsLegend,
}: ChoiceProps<Value>) {
  return (
    <fieldset class="field">
      <legend class={showsLegend ? 'label' : 'hidden'}>{legend}</legend>
      <span class="choices">
        <Radios class="choice" options={options} value={value} onValue={onValue} />
      </span>
    </fieldset>
  );
}

type ChecksProps<Value extends string> = {
  legend: string;
  values: readonly Value[];
  options: readonly Option<Value>[];
  onValues: (values: readonly Value[]) => void;
  error?: string | undefined;
};

/** Any of several. */
export function Checks<Value extends string>({
  legend,
  values,
  options,
  onValues,
  error,
}: ChecksProps<Value>) {
  const toggle = (value: Value, isOn: boolean) =>
    onValues(isOn ? [...values, value] : values.filter((one) => one !== value));
  return (
    <fieldset class="field">
      <legend class="label">{legend}</legend>
      <span class="checks">
        {options.map((option) => (
          <label key={option.value} class="check">
            <input
              type="checkbox"
              checked={values.includes(option.value)}
              onChange={(event) => toggle(option.value, event.currentTarget.checked)}
            />
            <span>
              {option.label}
              {option.note && <span class="hint">{option.note}</span>}
            </span>
          </label>
        ))}
      </span>
      {error && <ErrorText>{error}</ErrorText>}
    </fieldset>
  );
}

type RadiosProps<Value extends string> = Pick<ChoiceProps<Value>, 'value' | 'options' | 'onValue'> & {
  class: string;
};

function Radios<Value extends string>({ class: look, value, options, onValue }: RadiosProps<Value>) {
  const name = useId();
  return options.map((option) => (
    <label key={option.value} class={look}>
      <input
        type="radio"
        name={name}
        value={option.value}
        checked={option.value === value}
        onChange={() => onValue(option.value)}
      />
      <span>
        {option.note ? <strong>{option.label}</strong> : option.label}
        {option.note && <span class="hint">{option.note}</span>}
      </span>
    </label>
  ));
}
