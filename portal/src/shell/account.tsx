/** Who is signed in, the language, and the way out. */

import { speak, t } from '../i18n';
import { LANGUAGES, language } from '../i18n/language';
import { navigate } from '../router';
import { person, signOut } from '../session';
import { Button } from '../ui/button';
import { Segments } from '../ui/choice';
import { toast } from '../ui/toast';

const LANGUAGE_OPTIONS = Object.entries(LANGUAGES).map(([value, label]) => ({
  value: value as keyof typeof LANGUAGES,
  label,
}));

export function Account() {
  const email = person.value?.email ?? '';
  const back = person.value?.returnUrl;
  return (
    <div class="account">
      <button type="button" class="avatar" popovertarget="account" aria-label={t('account.of', { email })}>
        <span aria-hidden="true">{initials(email)}</span>
      </button>
      <div id="account" popover="auto" class="menu" role="dialog" aria-label={t('account')}>
        <p class="menu-name">{email}</p>
        <LanguageChoice />
        {back && (
          <a class="link" href={back} rel="noreferrer">
            {t('account.back', { host: new URL(back).host })}
          </a>
        )}
        <Button isSmall isWide onClick={() => leave()}>
          {t('account.leave')}
        </Button>
        <Button look="link" onClick={() => leave({ everywhere: true })}>
          {t('account.leaveEverywhere')}
        </Button>
      </div>
    </div>
  );
}

export function LanguageChoice() {
  return (
    <Segments legend={t('language')} value={language.value} options={LANGUAGE_OPTIONS} onValue={speak} />
  );
}

/** Whoever leaves has to know that it worked: others may use this computer next. */
async function leave({ everywhere = false } = {}): Promise<void> {
  if (await signOut({ everywhere })) navigate('/entrar');
  else toast(t('account.leaveFailed'), { icon: 'alert', tone: 'danger' });
}

function initials(email: string): string {
  const words = (email.split('@')[0] ?? '').split(/[._-]+/).filter(Boolean);
  const letters = words.length > 1 ? words.map((one) => one[0]) : [words[0]?.slice(0, 2)];
  return letters.join('').slice(0, 2).toUpperCase();
}
