/** An address that leads nowhere. */

import { t } from '../i18n';
import { ButtonLink } from './button';
import { Page } from './page';
import { Empty } from './states';

export function NotFound({ home }: { home: string }) {
  return (
    <Page title={t('notFound')}>
      <Empty title={t('notFound.text')}>
        <ButtonLink to={home}>{t('notFound.home')}</ButtonLink>
      </Empty>
    </Page>
  );
}
