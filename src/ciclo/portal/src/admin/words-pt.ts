/** Portuguese: the words of the operators' pages. */

export const adminPt = {
  clock: 'Relógio do ambiente de testes',
  'clock.day': '+1 dia',
  'clock.month': '+1 mês',
  'clock.today': 'Hoje é',
} as const;
