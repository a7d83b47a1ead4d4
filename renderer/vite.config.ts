import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const APPLIANCE_URL = process.env.FOREBAY_URL ?? 'http://127.0.0.1:8740';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // The console has routes of its own, so its files are named from the root of the site.
  base: '/',
  plugins: [react()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    // The content security policy allows no data: addresses.
    assetsInlineLimit: 0,
    // One file of about 600 kB, 190 kB compressed, from the same computer; the chart comes apart.
    chunkSizeWarningLimit: 700,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': APPLIANCE_URL, '/sign-in': APPLIANCE_URL } },
});
