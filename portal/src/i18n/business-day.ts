/** The seller's days: an invoice of the 8th is of the 8th wherever it is read, as on its PDF. */

/** The page names the zone; the reader's own stands in where nobody has said it. */
export const ZONE =
  document.querySelector<HTMLMetaElement>('meta[name="timezone"]')?.content ||
  Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Swedish writes dates as the API does: 2026-12-01. */
const DAYS = new Intl.DateTimeFormat('sv-SE', {
  timeZone: ZONE,
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
});

/** The seller's day of an instant, as the API writes dates. */
export function dayOf(instant: string): string {
  return DAYS.format(new Date(instant));
}

export function plusDays(day: string, count: number): string {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + count);
  return date.toISOString().slice(0, 10);
}

/** The first day of the month that is *count* after the one of *day*. */
export function firstOfMonth(day: string, count = 0): string {
  const [year = 0, month = 1] = day.split('-').map(Number);
  return new Date(Date.UTC(year, month - 1 + count, 1)).toISOString().slice(0, 10);
}

/** The same day a year before; February's last stands in for the 29th. */
export function yearBefore(day: string): string {
  const before = `${Number(day.slice(0, 4)) - 1}${day.slice(4)}`;
  return before.endsWith('-02-29') ? `${before.slice(0, 8)}28` : before;
}
