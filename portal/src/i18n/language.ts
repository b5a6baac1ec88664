/** Which language the page speaks; the choice stays in this browser. */

import { effect, signal } from '@preact/signals';

export const LANGUAGES = { 'pt-BR': 'Português', en: 'English' } as const;
export type Language = keyof typeof LANGUAGES;

const KEPT_AS = 'ciclo.language';

export const language = signal<Language>('pt-BR');

effect(() => {
  document.documentElement.lang = language.value;
});

/** Returns, of what the API says in both languages, the chosen one's text. */
export function spoken({ pt, en }: { pt: string; en: string }): string {
  return language.value === 'en' ? en : pt;
}

export function keptLanguage(): Language {
  const kept = localStorage.getItem(KEPT_AS) ?? navigator.languages.find((one) => /^(pt|en)\b/.test(one));
  return kept?.startsWith('en') ? 'en' : 'pt-BR';
}

export function keepLanguage(chosen: Language): void {
  localStorage.setItem(KEPT_AS, chosen);
  language.value = chosen;
}
