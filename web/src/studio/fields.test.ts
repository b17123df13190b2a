import { expect, it } from 'vitest'
import { detailsOf, genresOf, numberOf } from './fields'

it('genres are divided by commas, without doubles', () => {
  expect(genresOf(' rock,  new wave,, rock ')).toEqual(['rock', 'new wave'])
  expect(genresOf('')).toEqual([])
})

it('an empty number takes the value away', () => {
  expect(numberOf('')).toBeNull()
  expect(numberOf('12')).toBe(12)
})

it('of what is typed before a file goes only that is sent which says something', () => {
  const form = new FormData()
  for (const name of ['title', 'track_number', 'disc_number', 'genres']) form.set(name, ' ')
  expect(detailsOf(form)).toEqual({})
  form.set('title', ' Evening ')
  form.set('track_number', '3')
  form.set('genres', 'rock, folk')
  form.set('explicit', 'on')
  expect(detailsOf(form)).toEqual({ title: 'Evening', track_number: 3, genres: ['rock', 'folk'], explicit: true })
})
