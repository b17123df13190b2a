import { afterAll, beforeEach, expect, it, vi } from 'vitest'
import { uploadFile } from '../api/gen'
import { progressOf } from './progress'

vi.mock('../api/gen', () => ({ uploadFile: vi.fn(), uploadAlbum: vi.fn() }))
vi.mock('../api/cache', () => ({ queries: { invalidateQueries: async () => {} } }))
vi.mock('../api/client', () => ({ withProgress: (_: unknown, signal: AbortSignal) => signal }))
vi.mock('react', () => ({ useSyncExternalStore: (_: unknown, read: () => unknown) => read() }))
vi.stubGlobal('addEventListener', () => {})
afterAll(() => vi.unstubAllGlobals())

const { addFiles, clearDone, continueUploads, pauseUploads, useUploads } = await import('./uploads')

const file = (name: string) => new File(['0123456789'], name)
const states = () => useUploads().map((item) => item.status)
const rest = () => new Promise((done) => setTimeout(done))
let answers: (() => void)[] = []

beforeEach(() => {
  answers = []
  vi.mocked(uploadFile).mockReset()
  // A call ends when it is answered, or as soon as it is given up.
  vi.mocked(uploadFile).mockImplementation(((asked: { fetch: AbortSignal }) => {
    return new Promise((done, fail) => {
      answers.push(() => done({ data: { id: 't', title: 'T' } }))
      asked.fetch.addEventListener('abort', () => fail(new DOMException('aborted', 'AbortError')))
    })
  }) as never)
})

it('a pause stops what is on its way, and all of it goes when it is continued', async () => {
  addFiles([file('a.mp3'), file('b.mp3'), file('c.mp3')], false)
  expect(states()).toEqual(['sending', 'sending', 'waiting'])
  pauseUploads()
  await rest()
  expect(states()).toEqual(['waiting', 'waiting', 'waiting'])
  expect(uploadFile).toHaveBeenCalledTimes(2)
  continueUploads()
  expect(states()).toEqual(['sending', 'sending', 'waiting'])
  await rest()
  while (answers.length > 0) {
    answers.shift()?.()
    await rest()
  }
  expect(states()).toEqual(['done', 'done', 'done'])
  expect(uploadFile).toHaveBeenCalledTimes(5)
  clearDone()
})

it('all together are as far as their bytes; what was refused or is held does not count', () => {
  const item = (status: 'held' | 'waiting' | 'sending' | 'done' | 'known' | 'failed', sent: number) => ({
    status,
    sent,
    file: file('x.mp3'),
  })
  const all = [item('done', 1), item('known', 0), item('sending', 0.5), item('waiting', 0), item('failed', 1)]
  expect(progressOf([...all, item('held', 0)])).toEqual({ files: 4, done: 2, bytes: 40, sent: 25, isGoing: true })
  expect(progressOf([item('done', 1), item('failed', 0)])).toMatchObject({ files: 1, done: 1, isGoing: false })
  expect(progressOf([])).toMatchObject({ files: 0, isGoing: false })
})
