/** An instant to the minute, with its year: histories are long. */

import { ZONE } from '../i18n/business-day';
import { instantDate } from '../i18n/format';
import { type Language, language } from '../i18n/language';

const TIMES: Record<Language, Intl.DateTimeFormat> = {
  'pt-BR': timesIn('pt-BR'),
  en: timesIn('en'),
};

/** "08 nov. 2026, 14:30", "Nov 08, 2026, 2:30 PM". */
export function moment(value: string): string {
  return `${instantDate(value)}, ${TIMES[language.value].format(new Date(value))}`;
}

function timesIn(spoken: Language): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(spoken, { timeStyle: 'short', timeZone: ZONE });
}
