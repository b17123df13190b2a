import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { choiceOf, contentOf, hexDump, isFiltered, PROJECTORS, REASONS, TOPICS } from './dead-letters'

const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('dead letters', () => {
  it('are filtered by everything that the contract names', () => {
    const contract = JSON.parse(readFileSync(`${import.meta.dirname}/../../../schemas/openapi.json`, 'utf8'))
    const parameters: { name: string; schema: { enum?: string[] } }[] =
      contract.paths['/api/v1/admin/dead-letters'].get.parameters
    const valuesOf = (name: string) => parameters.find((one) => one.name === name)?.schema.enum
    expect(PROJECTORS).toEqual(valuesOf('projector'))
    expect(REASONS).toEqual(valuesOf('reason'))
    expect(TOPICS).toEqual(valuesOf('topic'))
  })

  it('are chosen as they are shown; all of them only without a filter', () => {
    expect(choiceOf({})).toEqual({ all: true })
    expect(choiceOf({ projector: 'search', reason: 'refused' })).toEqual({ projector: 'search', reason: 'refused' })
    expect([isFiltered({}), isFiltered({ topic: undefined }), isFiltered({ topic: TOPICS[0] })]).toEqual([
      false,
      false,
      true,
    ])
  })

  it('show the event, else the text, else the bytes', () => {
    const event = { type: 'jonquil.listened.v1' }
    const text = JSON.stringify(event)
    expect(contentOf({ event, text, base64: base64(text) })).toEqual({
      kind: 'event',
      text: '{\n  "type": "jonquil.listened.v1"\n}',
    })
    expect(contentOf({ event: null, text: 'no event', base64: base64('no event') })).toEqual({
      kind: 'text',
      text: 'no event',
    })
    expect(contentOf({ event: null, text: null, base64: '/wA=' }).kind).toBe('bytes')
    expect(contentOf({ event: null, text: null, base64: null })).toEqual({ kind: 'none' })
  })

  it('show bytes in rows that fit on a phone', () => {
    expect(hexDump(base64('Jonquil\n\u00e9')).split('\n')).toEqual([
      '0000  4a 6f 6e 71 75 69 6c 0a  Jonquil.',
      '0008  c3 a9                    ..',
    ])
    expect(hexDump(base64('x'.repeat(20)), 8).split('\n')).toEqual(['0000  78 78 78 78 78 78 78 78  xxxxxxxx', '…'])
    expect(hexDump('')).toBe('')
  })
})
