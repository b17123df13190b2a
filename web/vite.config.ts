import optimizeLocales from '@react-aria/optimize-locales-plugin'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

const api = process.env.JONQUIL_URL ?? 'http://127.0.0.1:8080'

export default defineConfig({
  base: '/app/',
  plugins: [react(), { ...optimizeLocales.vite({ locales: ['en-US', 'ru-RU'] }), enforce: 'pre' }],
  // Fonts stay files: a data: URL is refused by the Content-Security-Policy.
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // What the first page needs comes in two files: over HTTP/1.1 a browser asks for six at a time, and there were sixteen.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'libraries', tags: ['$initial'], test: /node_modules/ },
            { name: 'shell', tags: ['$initial'] },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': api, '/health': api, '/openapi.json': api } },
  preview: { proxy: { '/api': api, '/health': api, '/openapi.json': api } },
  test: { include: ['src/**/*.test.ts'] },
} as Parameters<typeof defineConfig>[0])
