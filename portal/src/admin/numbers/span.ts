/** The days that a report is about, the seller's, and the days before them that it is compared with. */

import { firstOfMonth, plusDays, yearBefore } from '../../i18n/business-day';

export type Days = { startDate: string; endDate: string };
export type Span = Days & { before: Days };

export const PRESETS = ['month', 'lastMonth', '90d', '12m', 'days'] as const;
export type Preset = (typeof PRESETS)[number];

const MONTHS = 12;
const QUARTER_DAYS = 90;
const DAY_MS = 86_400_000;
const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function isDay(text: string): boolean {
  return DAY.test(text) && !Number.isNaN(Date.parse(text));
}

export function daysBetween(start: string, end: string): number {
  return Math.round((Date.parse(end) - Date.parse(start)) / DAY_MS);
}

/** Returns the days of *preset*; of chosen days what they are, or null if they are none. */
export function spanOf(preset: Preset, today: string, chosen: Days): Span | null {
  switch (preset) {
    case 'month':
      return { startDate: firstOfMonth(today), endDate: today, before: sameDaysOfLastMonth(today) };
    case 'lastMonth':
      return { ...monthBefore(today, 1), before: monthBefore(today, 2) };
    case '90d':
      return withDaysBefore({ startDate: plusDays(today, 1 - QUARTER_DAYS), endDate: today });
    case '12m': {
      const startDate = firstOfMonth(today, 1 - MONTHS);
      const before = { startDate: yearBefore(startDate), endDate: yearBefore(today) };
      return { startDate, endDate: today, before };
    }
    default: {
      const { startDate, endDate } = chosen;
      return isDay(startDate) && isDay(endDate) && startDate <= endDate ? withDaysBefore(chosen) : null;
    }
  }
}

function monthBefore(today: string, count: number): Days {
  return { startDate: firstOfMonth(today, -count), endDate: plusDays(firstOfMonth(today, 1 - count), -1) };
}

/** As many days of the month before as this one has had: three days are not compared with thirty. */
export function sameDaysOfLastMonth(today: string): Days {
  const month = monthBefore(today, 1);
  const sameDay = plusDays(month.startDate, Number(today.slice(8)) - 1);
  const [endDate = sameDay] = [sameDay, month.endDate].toSorted();
  return { startDate: month.startDate, endDate };
}

function withDaysBefore({ startDate, endDate }: Days): Span {
  const last = plusDays(startDate, -1);
  return {
    startDate,
    endDate,
    before: { startDate: plusDays(last, -daysBetween(startDate, endDate)), endDate: last },
  };
}
