/** What can be told wrong about a card before anybody is asked: a mistyped number, a month that has passed. */

/** Returns whether the last digit checks the others, which finds typing errors (ISO/IEC 7812-1). */
export function passesLuhn(digits: string): boolean {
  const sum = Array.from(digits)
    .reverse()
    .map(Number)
    .reduce((so, digit, place) => so + (place % 2 ? (2 * digit > 9 ? 2 * digit - 9 : 2 * digit) : digit), 0);
  return sum % 10 === 0;
}

/** Returns whether a card of the month "MM/YY" was no longer valid on *day*, a date as the API writes it. */
export function isPast(expiry: string, day: string): boolean {
  const [month = '', year = ''] = expiry.split('/');
  return `20${year}-${month}` < day.slice(0, 7);
}
