import { defineConfig } from '@hey-api/openapi-ts'

// The client is made from the committed document and is committed itself; `cargo xtask tidy` fails when the two differ.
export default defineConfig({
  input: '../schemas/openapi.json',
  output: { path: 'src/api/gen', clean: true },
  plugins: ['@hey-api/typescript', '@hey-api/client-fetch', '@hey-api/sdk', '@tanstack/react-query'],
})
