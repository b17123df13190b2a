import { createTranslator } from 'use-intl'
import { describe, expect, it } from 'vitest'
import en from './en.json'
import { preferred } from './messages'
import ru from './ru.json'

type Tree = { [key: string]: string | Tree }

function flat(tree: Tree, before = ''): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[before + key, value]] : flat(value, `${before}${key}.`),
  )
}

/** The names of the arguments; the words inside a plural's braces are none. */
const argumentsOf = (message: string) =>
  [...new Set([...message.matchAll(/\{([a-z]\w*)[,}]/g)].map((found) => found[1]))].sort()

const english = new Map(flat(en))
const russian = new Map(flat(ru))

describe('the two languages', () => {
  it('have the same messages', () => {
    expect([...russian.keys()].sort()).toEqual([...english.keys()].sort())
  })

  it.each([...english])('take the same arguments: %s', (key, message) => {
    expect(argumentsOf(russian.get(key) ?? '')).toEqual(argumentsOf(message))
  })

  it.each([...russian].filter(([, message]) => message.includes(', plural,')))(
    'Russian has every plural: %s',
    (_, message) => {
      for (const form of ['one', 'few', 'many', 'other']) expect(message).toContain(`${form} {`)
    },
  )

  it('count as Russians do', () => {
    const t = createTranslator({ locale: 'ru', messages: ru as typeof en })
    const counted = [1, 2, 5, 11, 21, 1.5].map((count) => t('count.tracks', { count }))
    expect(counted).toEqual(['1 трек', '2 трека', '5 треков', '11 треков', '21 трек', '1,5 трека'])
  })

  it('are chosen as the browser asks', () => {
    expect(preferred(['de-DE', 'ru-RU', 'en'])).toBe('ru')
    expect(preferred(['fr'])).toBe('en')
  })
})
