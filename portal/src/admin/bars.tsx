/** Bars: amounts side by side, the longest as wide as the column. */

type Bar = { name: string; value: number; text: string };

type BarsProps = {
  rows: readonly Bar[];
  /** What a full bar stands for, where several lists are compared; by default the longest here. */
  full?: number;
  tone?: 'gain' | 'loss';
};

export function Bars({
  rows,
  full = Math.max(...rows.map((row) => row.value), 0),
  tone = 'gain',
}: BarsProps) {
  return (
    <ul class={`bars is-${tone}`}>
      {rows.map((row) => (
        <li key={row.name}>
          <span class="bar-words">
            <span>{row.name}</span> <strong>{row.text}</strong>
          </span>
          <span class="bar" aria-hidden="true">
            <span style={{ width: `${full ? (100 * row.value) / full : 0}%` }} />
          </span>
        </li>
      ))}
    </ul>
  );
}
