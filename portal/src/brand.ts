/** Whose portal this is: the page says it, in its head. */

type Brand = {
  name: string;
  logo: string | null;
  support: string | null;
  termsUrl: string | null;
  privacyUrl: string | null;
  returnUrl: string | null;
};

const NOBODYS: Brand = {
  name: 'Ciclo',
  logo: null,
  support: null,
  termsUrl: null,
  privacyUrl: null,
  returnUrl: null,
};

function said(name: string): string {
  return document.querySelector<HTMLMetaElement>(`meta[name="${name}"]`)?.content ?? '';
}

export const BRAND: Brand = { ...NOBODYS, ...JSON.parse(said('brand') || '{}') };

/** Whether no money moves here. */
export const IS_SANDBOX = said('mode') === 'sandbox';
