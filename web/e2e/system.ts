import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { TestProject } from 'vitest/node'

/**
 * The real system that the stories use: one process with every role, on the engines of JONQUIL_*_URL, with the built page and three days of the
 * demo. Its names begin like those of the Rust stories, which remove what a run that is over left behind. JONQUIL_E2E_URL names a system that
 * runs already, whose accounts' passwords are JONQUIL_E2E_PASSWORD followed by the name.
 */
declare module 'vitest' {
  interface ProvidedContext {
    url: string
    password: string
  }
}

const PASSWORD = 'of-the-page-stories-'
const root = resolve(import.meta.dirname, '../..')

export default async function setup(project: TestProject) {
  const running = process.env.JONQUIL_E2E_URL
  if (running) {
    project.provide('url', running)
    project.provide('password', process.env.JONQUIL_E2E_PASSWORD ?? PASSWORD)
    return
  }
  const spool = mkdtempSync(join(tmpdir(), 'jonquil-page-'))
  const environment = await settings(spool)
  createDatabase(environment.JONQUIL_POSTGRES_URL ?? '')
  run(['migrate'], environment)
  for (const role of ['admin', 'artist', 'listener']) {
    const names = ['--username', role, '--email', `${role}@example.org`, '--role', role]
    run(['users', 'create', ...names], { ...environment, JONQUIL_NEW_PASSWORD: PASSWORD + role })
  }
  const log = openSync(join(spool, 'service.log'), 'a')
  const service = spawn(binary(), ['run'], { env: environment, stdio: ['ignore', log, log] })
  const url = `http://${environment.JONQUIL_HTTP_ADDRESS}`
  await ready(service, url, join(spool, 'service.log'))
  const demo = ['demo', '--url', url, '--username', 'artist', '--days', '3']
  run(demo, { ...environment, JONQUIL_DEMO_PASSWORD: `${PASSWORD}artist` })
  await caughtUp(url)
  project.provide('url', url)
  project.provide('password', PASSWORD)
  return async () => {
    service.kill('SIGTERM')
    await new Promise((done) => service.once('exit', done))
    rmSync(spool, { recursive: true, force: true })
  }
}

const binary = () => process.env.JONQUIL_BIN ?? join(root, 'target/debug/jonquil')

async function settings(spool: string): Promise<NodeJS.ProcessEnv> {
  const began = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ')[19]
  const name = `jqtest-${process.pid}-${began}-0`
  const plain = name.replaceAll('-', '_')
  const postgres = new URL(process.env.JONQUIL_POSTGRES_URL ?? '')
  postgres.pathname = `/${plain}`
  return {
    ...process.env,
    JONQUIL_POSTGRES_URL: postgres.href,
    JONQUIL_CLICKHOUSE_DATABASE: plain,
    JONQUIL_TOPIC_PREFIX: `${name}-`,
    JONQUIL_INDEX_PREFIX: `${name}-`,
    JONQUIL_KEY_PREFIX: `${name}:`,
    JONQUIL_S3_BUCKET: name,
    JONQUIL_SECRET: 'of the stories of the page, and of nothing else in the world',
    JONQUIL_HTTP_ADDRESS: `127.0.0.1:${await freePort()}`,
    JONQUIL_METRICS_ADDRESS: `127.0.0.1:${await freePort()}`,
    JONQUIL_INSTANCE: 'page-stories',
    JONQUIL_SPOOL_DIR: spool,
    JONQUIL_WEB_DIR: process.env.JONQUIL_WEB_DIR ?? join(root, 'web/dist'),
    JONQUIL_LOG: 'warn',
  }
}

function createDatabase(url: string) {
  const name = new URL(url).pathname.slice(1)
  const made = spawnSync('createdb', ['--maintenance-db', process.env.JONQUIL_POSTGRES_URL ?? '', name])
  if (made.status !== 0) throw new Error(`createdb: ${made.error ?? made.stderr}`)
}

function run(words: string[], env: NodeJS.ProcessEnv) {
  const done = spawnSync(binary(), words, { env, encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`jonquil ${words[0]} failed: ${done.error ?? done.stderr}`)
}

async function ready(service: ChildProcess, url: string, log: string) {
  for (let left = 300; left > 0; left--) {
    if (service.exitCode !== null) throw new Error(`jonquil run ended: ${readFileSync(log, 'utf8')}`)
    const answer = await fetch(`${url}/ready`).catch(() => undefined)
    if (answer?.ok) return
    await new Promise((done) => setTimeout(done, 100))
  }
  throw new Error(`jonquil run is not ready: ${readFileSync(log, 'utf8')}`)
}

/** Asking is an event itself, so the last few are always still to come. */
const FEW = 20

/** Until every read model has what the demo wrote: what is found and played in the stories is there. */
async function caughtUp(url: string) {
  const body = JSON.stringify({ username: 'admin', password: `${PASSWORD}admin` })
  const headers = { 'Content-Type': 'application/json' }
  const signedIn = await fetch(`${url}/api/v1/auth/login-json`, { method: 'POST', headers, body })
  const { access_token } = (await signedIn.json()) as { access_token: string }
  type State = { name: string; generations: { stage: string; done: number; of: number }[] }
  for (let left = 240; left > 0; left--) {
    const authorization = { Authorization: `Bearer ${access_token}` }
    const answer = await fetch(`${url}/api/v1/admin/projections`, { headers: authorization })
    const states = answer.ok ? ((await answer.json()) as State[]) : []
    const isThere = ({ name, generations }: State) =>
      name === 'webhooks' || generations.some((one) => one.stage === 'serving' && one.of - one.done < FEW)
    if (states.length > 0 && states.every(isThere)) return
    await new Promise((done) => setTimeout(done, 500))
  }
  throw new Error('the read models have not caught up with the demo')
}

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer()
    server.once('error', fail)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => done(typeof address === 'object' && address ? address.port : 0))
    })
  })
}
