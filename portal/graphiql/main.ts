/** GraphiQL at /graphql. Its address says what is asked, so that it can be handed on: `?q=…&variables=…&headers=…`. */

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
const headers = parameters.get('headers') ?? undefined;

const page = createElement(GraphiQL, {
  fetcher: createGraphiQLFetcher({ url: here.href, subscriptionUrl: socket.href }),
  plugins: [explorerPlugin({ showAttribution: false })],
  query: asked ?? STARTERS[0],
  defaultTabs: asked === null ? STARTERS.map((query) => ({ query, headers })) : undefined,
  variables: parameters.get('variables') ?? undefined,
  headers,
  onEditQuery: (query) => remember('q', query),
  onEditVariables: (variables) => remember('variables', variables),
  defaultEditorToolsVisibility: true,
  inputValueDeprecation: true,
  isHeadersEditorEnabled: true,
  shouldPersistHeaders: true,
});

createRoot(document.getElementById('graphiql') as HTMLElement).render(page);
