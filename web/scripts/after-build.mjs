// Writes the service worker with the list of what was built, then .br and .gz beside every file that compresses.
import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const dist = new URL('../dist/', import.meta.url).pathname
const worthwhile = /\.(js|css|html|svg|json|webmanifest)$/

async function built() {
  const entries = await readdir(dist, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return files.filter((file) => !/\.(br|gz)$/.test(file)).sort()
}

async function writeServiceWorker() {
  const hash = createHash('sha256')
  const names = []
  for (const file of await built()) {
    // A font is fetched when its letters are needed.
    if (/sw\.js$|\.woff2$/.test(file)) continue
    hash.update(await readFile(file))
    names.push(`/app/${relative(dist, file)}`)
  }
  const text = await readFile(new URL('./sw.js', import.meta.url), 'utf8')
  const whole = text
    .replace("'__VERSION__'", JSON.stringify(hash.digest('hex').slice(0, 16)))
    .replace('__FILES__', JSON.stringify(names))
  await writeFile(join(dist, 'sw.js'), whole)
}

async function compress() {
  for (const file of await built()) {
    if (!worthwhile.test(file)) continue
    const content = await readFile(file)
    if (content.length < 512) continue
    const brotli = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } })
    await writeFile(`${file}.br`, brotli)
    await writeFile(`${file}.gz`, gzipSync(content, { level: 9 }))
  }
}

await writeServiceWorker()
await compress()
