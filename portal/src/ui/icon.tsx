/** Icons: lines of two units in a box of sixteen. They stand beside words, never for them. */

const PATHS = {
  alert: 'M8 5v3.5M8 11h0M8 1.8 15 14H1z',
  arrow: 'M3 8h10M9 4l4 4-4 4',
  bolt: 'M9 1.5 3.5 9H8l-1 5.5L12.5 7H8z',
  card: 'M1.5 3.5h13v9h-13zM1.5 6.5h13',
  check: 'M3 8.5 6.5 12 13 4.5',
  chevron: 'M4 6l4 4 4-4',
  clock: 'M8 4.5V8l2.5 1.5M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13z',
  copy: 'M5.5 5.5h9v9h-9zM10.5 5.5v-4h-9v9h4',
  cross: 'M4 4l8 8M12 4l-8 8',
  cycle: 'M13.5 8A5.5 5.5 0 1 1 8 2.5h5M10.5 0 13 2.5 10.5 5',
  document: 'M3 1.5h6.5L13 5v9.5H3zM5.5 8h5M5.5 11h5',
  download: 'M8 2v8M4.5 7 8 10.5 11.5 7M2.5 14h11',
  gauge: 'M2 13.5V9M6 13.5v-11M10 13.5v-7M14 13.5v-4',
  info: 'M8 7.5V11M8 4.8h0M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13z',
  key: 'M10.5 9a3.5 3.5 0 1 0-3.3-2.3L1.5 12.4V14.5H4V13h1.5v-1.5H7l1.3-1.3A3.5 3.5 0 0 0 10.5 9zM11 5h0',
  list: 'M2 4h12M2 8h9M2 12h12',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  people:
    'M6 7.5a2.75 2.75 0 1 0 0-5.5 2.75 2.75 0 0 0 0 5.5zM1.5 14a4.5 4.5 0 0 1 9 0M11 2.3a2.75 2.75 0 0 1 0 5M12.5 10a4.5 4.5 0 0 1 2 4',
  search: 'M7 2a5 5 0 1 0 0 10A5 5 0 0 0 7 2zM11 11l3.5 3.5',
  undo: 'M5.5 2.5 2.5 5.5l3 3M2.5 5.5h7a4 4 0 0 1 0 8H6',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="2"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
