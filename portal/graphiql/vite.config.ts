import { defineConfig } from 'vite';

/** Ciclo serves the page at `/graphql` and its hashed files below `/assets/graphiql`. */
export default defineConfig({
  base: '/',
  publicDir: false,
  build: {
    target: 'es2022',
    assetsDir: 'assets/graphiql',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
  },
});
