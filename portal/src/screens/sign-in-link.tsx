/** A link by mail: asking for it, and what to do meanwhile. */

import { useEffect, useRef, useState } from 'preact/hooks';
import { askForLink } from '../api/sign-in';
import { t } from '../i18n';
import { Button } from '../ui/button';
import { ErrorText, TextField } from '../ui/field';
import { failureText } from '../ui/states';

/** *isFirst*: no other way in stands above it. */
export function LinkForm({ isFirst }: { isFirst: boolean }) {
  const [email, setEmail] = useState('');
  const [sentTo, setSentTo] = useState('');
  const [problem, setProblem] = useState('');
  const [isBusy, setBusy] = useState(false);
  const ask = async () => {
    if (isBusy) return;
    const address = email.trim();
    if (!address) {
      setProblem(t('signIn.emailMissing'));
      return;
    }
    setBusy(true);
    setProblem('');
    const failure = await askForLink(address);
    setBusy(false);
    if (failure) setProblem(failure.code === 'INVALID_VALUE' ? t('signIn.emailWrong') : failureText(failure));
    else setSentTo(address);
  };
  if (sentTo) return <Sent email={sentTo} onAnother={() => setSentTo('')} />;
  return (
    <form
      class="card stack"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void ask();
      }}
    >
      <TextField
        label={t('signIn.email')}
        type="email"
        autocomplete="email"
        value={email}
        onValue={setEmail}
        hint={t('signIn.emailHint')}
      />
      {problem && <ErrorText>{problem}</ErrorText>}
      <Button type="submit" look={isFirst ? 'primary' : 'ghost'} isWide isBusy={isBusy}>
        {t('signIn.sendLink')}
      </Button>
    </form>
  );
}

/** The same whether the address is known or not. */
function Sent({ email, onAnother }: { email: string; onAnother: () => void }) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <section class="card stack" aria-live="polite">
      <h2 class="card-title" ref={heading} tabIndex={-1}>
        {t('signIn.sent')}
      </h2>
      <p>{t('signIn.sentText', { email })}</p>
      <p class="muted">{t('signIn.sentHere')}</p>
      <Button onClick={onAnother}>{t('signIn.sendAgain')}</Button>
    </section>
  );
}
