/** What stands around every page of a link, and what is said where a link opens nothing. */

import type { ComponentChildren } from 'preact';
import { t } from '../i18n';
import { LanguageChoice } from '../shell/account';
import { BrandMark, SandboxTag } from '../shell/brand-mark';
import { OfflineBar } from '../shell/connection';
import { Footer } from '../shell/footer';
import { Page } from '../ui/page';
import { Empty } from '../ui/states';

export function LinkedFrame({ children }: { children: ComponentChildren }) {
  return (
    <>
      <a class="skip" href="#content">
        {t('skip')}
      </a>
      <OfflineBar />
      <header class="top">
        <div class="top-row is-linked">
          <span class="brand">
            <BrandMark />
          </span>
          <SandboxTag />
          <LanguageChoice />
        </div>
      </header>
      <main class="content" id="content" tabIndex={-1}>
        {children}
      </main>
      <Footer />
    </>
  );
}

/** *title* says what is wrong, *text* what it means, *advice* what to do about it. */
export function Closed({ title, text, advice }: { title: string; text: string; advice?: string }) {
  return (
    <Page title={title}>
      <Empty title={text} text={advice} />
    </Page>
  );
}
