/** GraphiQL at /graphql. Its address says what is asked, so that it can be handed on: `?q=…&variables=…`.
 *
 * It asks as whom the portal's session says: no token is ever in its address. The headers' editor is for trying a token or a key. */

import { explorerPlugin } from '@graphiql/plugin-explorer';
import { createGraphiQLFetcher } from '@graphiql/toolkit';
import { GraphiQL } from 'graphiql';
import { createElement } from 'react';
import { createRoot } from 'react-dom/client';
import 'graphiql/graphiql.css';
import '@graphiql/plugin-explorer/dist/style.css';
import './page.css';
import { STARTERS } from './starters';

const here = new URL(location.pathname, location.href);
const socket = new URL(here);
socket.protocol = here.protocol === 'http:' ? 'ws:' : 'wss:';

const parameters = new URLSearchParams(location.search);

function remember(name: string, value: string) {
  if (value) parameters.set(name, value);
  else parameters.delete(name);
  history.replaceState(null, '', `?${parameters}`);
}

const asked = parameters.get('q');

const page = createElement(GraphiQL, {
  fetcher: createGraphiQLFetcher({
    url: here.href,
    subscriptionUrl: socket.href,
    headers: { 'x-ciclo-request': '1' },
  }),
  plugins: [explorerPlugin({ showAttribution: false })],
  query: asked ?? STARTERS[0],
  defaultTabs: asked === null ? STARTERS.map((query) => ({ query })) : undefined,
  variables: parameters.get('variables') ?? undefined,
  onEditQuery: (query) => remember('q', query),
  onEditVariables: (variables) => remember('variables', variables),
  defaultEditorToolsVisibility: true,
  inputValueDeprecation: true,
  isHeadersEditorEnabled: true,
  shouldPersistHeaders: false,
});

createRoot(document.getElementById('graphiql') as HTMLElement).render(page);
