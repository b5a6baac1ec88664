/** Bars: amounts side by side, the longest as wide as the column. */

type Bar = { name: string; value: number; text: string };

export function Bars({ rows, tone = 'gain' }: { rows: readonly Bar[]; tone?: 'gain' | 'loss' }) {
  const longest = Math.max(...rows.map((row) => row.value), 0);
  return (
    <ul class={`bars is-${tone}`}>
      {rows.map((row) => (
        <li key={row.name}>
          <span class="bar-words">
            <span>{row.name}</span> <strong>{row.text}</strong>
          </span>
          <span class="bar" aria-hidden="true">
            <span style={{ width: `${longest ? (100 * row.value) / longest : 0}%` }} />
          </span>
        </li>
      ))}
    </ul>
  );
}
