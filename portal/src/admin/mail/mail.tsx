/** One mail of the mailbox: the page as a mail program shows it, and the plain text. */

import { useRef } from 'preact/hooks';
import { useAsk } from '../../api/asking';
import { graphql } from '../../graphql';
import { t } from '../../i18n';
import { Link } from '../../router';
import { NotFound } from '../../ui/not-found';
import { Page } from '../../ui/page';
import { Failed, Skeleton } from '../../ui/states';
import { moment } from '../moment';
import { MAILBOX } from './mail-rows';

const MAIL = graphql(`
  query Mail($id: ID!) {
    mail(id: $id) {
      id kind to state voidReason lastError at
      content { subject text page }
    }
  }
`);

export function MailScreen({ mailId }: { mailId: string }) {
  const { data, failure, retry } = useAsk(MAIL, { id: mailId });
  if (!data) {
    return failure ? <Failed what={t('mails.failed')} failure={failure} onRetry={retry} /> : <Skeleton />;
  }
  const { mail } = data;
  if (!mail) return <NotFound home={MAILBOX} />;
  const title = mail.content?.subject ?? t(`mailKind.${mail.kind}`);
  const why = mail.voidReason ? t(`mailVoid.${mail.voidReason}`) : mail.lastError;
  return (
    <Page title={title} lede={`${mail.to} · ${moment(mail.at)}`} aside={<Back />}>
      {mail.content ? (
        <>
          <MailPage title={title} page={mail.content.page} />
          <details class="card mail-text">
            <summary>{t('mails.text')}</summary>
            <pre class="mono">{mail.content.text}</pre>
          </details>
        </>
      ) : (
        <p class="card">
          {t(`mailState.${mail.state}`)}
          {why && `: ${why}`}
        </p>
      )}
    </Page>
  );
}

function Back() {
  return (
    <Link to={MAILBOX} class="button is-small">
      {t('mails.back')}
    </Link>
  );
}

/** Nothing in the frame runs. Its styles are set one by one: the portal's policy allows none within a page. */
function MailPage({ title, page }: { title: string; page: string }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const dress = () => {
    const shown = frame.current;
    const inside = shown?.contentDocument;
    if (!shown || !inside) return;
    for (const element of inside.querySelectorAll<HTMLElement>('[data-style]')) {
      element.style.cssText = element.dataset.style ?? '';
    }
    for (const link of inside.querySelectorAll('a')) {
      link.target = '_blank';
      link.rel = 'noopener';
    }
    shown.style.height = `${inside.documentElement.scrollHeight}px`;
  };
  return (
    <iframe
      ref={frame}
      class="mail-page"
      title={title}
      sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
      srcdoc={page.replaceAll(' style="', ' data-style="')}
      onLoad={dress}
    />
  );
}
