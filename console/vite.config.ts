import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const server = process.env['FLUXPORT_ENDPOINT'] ?? 'http://127.0.0.1:8080'
const toServer = Object.fromEntries(
  ['/api', '/v1', '/v1.0', '/v3', '/console', '/downloads'].map((path) => [
    path,
    { target: server, changeOrigin: false },
  ]),
)

// The page is built into the server's dist/. Nothing in it is inline: the page's CSP forbids that.
export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  logLevel: 'warn',
  // Preact draws what React's types describe: all scripts are 145 kB by gzip instead of 203.
  resolve: {
    alias: { react: 'preact/compat', 'react-dom': 'preact/compat', 'react/jsx-runtime': 'preact/jsx-runtime' },
  },
  build: {
    outDir: '../dist/console',
    emptyOutDir: true,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: toServer },
})
