import { defineConfig } from 'vite';

/** The page is served at `/` and its hashed files below `/assets/portal`: see src/ciclo/web/portal.py. */
export default defineConfig({
  base: '/',
  publicDir: false,
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    assetsDir: 'assets/portal',
    // The page's policy allows no data: font or style, and hashed files are kept for ever.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 250,
  },
});
