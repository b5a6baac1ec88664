/** Starts the portal. */

import { render } from 'preact';
import { App } from './app';
import { speakAsBefore } from './i18n';
import { keepFocus } from './shell/focus';
import './styles/fonts.css';
import './styles/tokens.css';
import './styles/page.css';
import './styles/controls.css';
import './styles/content.css';
import './styles/shell.css';
import './styles/screens.css';
import './styles/media.css';

const root = document.getElementById('app');
if (root) {
  keepFocus(root);
  void speakAsBefore().then(() => render(<App />, root));
}
