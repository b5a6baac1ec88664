/** One of several: native radios, so that arrow keys work, as a row of pills or as a list. */

import { useId } from 'preact/hooks';

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
