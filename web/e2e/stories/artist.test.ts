import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { eventually, get, NEW_PASSWORD, open, service, session, signInByHand, visit } from '../browser'
import { drop } from '../drop'
import { listen, sounds } from '../sound'
import { wav } from '../wav'
import { zip } from '../zip'

const folder = mkdtempSync(join(tmpdir(), 'jonquil-drop-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('an artist uploads by drop: one result a file, a bad file blocks no other, the same again is known', async () => {
  const { page } = await visit({ as: 'artist' })
  await open(page, '/studio/upload')
  // An account without a profile is asked for one; files without an artist tag go under it.
  const { access_token } = await session('artist')
  const me = await get<{ id: string }>('/api/v1/auth/me', access_token)
  if ((await fetch(`${service}/api/v1/artists/by-user/${me.id}`)).status === 404) {
    await page.getByLabel('Artist name').fill('First Light')
    await page.getByRole('button', { name: 'Create the profile' }).click()
    await page.getByLabel('Artist name').waitFor({ state: 'detached' })
  }
  const pitch = 200 + Math.floor(Math.random() * 4000)
  const name = `first light ${pitch}.wav`
  const audio = { name, content: wav(32, pitch) }
  await drop(page, folder, [{ name: 'noise.txt', content: Buffer.from('no music') }, audio])
  const rows = page.getByRole('region', { name: 'Uploads' }).getByRole('listitem')
  await rows.filter({ hasText: 'noise.txt' }).getByText('not audio').waitFor()
  const added = rows.filter({ hasText: `first light ${pitch}` })
  await added.getByText('added').waitFor({ timeout: 60_000 })

  await drop(page, folder, [audio])
  await rows.filter({ hasText: 'is here already' }).waitFor({ timeout: 60_000 })
  await added.first().getByRole('link', { name: 'open' }).click()
  await page.getByRole('heading', { name: new RegExp(`first light ${pitch}`) }).waitFor()
  await listen(page)
  expect(await page.title()).toContain(`first light ${pitch}`)
  // Half of it is a play, and the studio shows it.
  await sounds(page, 17)
  await page.getByRole('region', { name: 'Player' }).getByRole('button', { name: 'Next' }).click()
  const plays = async () => {
    await open(page, '/studio')
    return Number.parseInt(
      await page
        .locator('dl > div', { hasText: /^Plays/ })
        .locator('dd')
        .innerText(),
      10,
    )
  }
  await eventually('the studio shows it', plays, (now) => now >= 1)
  // Where people leave stands over the course of the track.
  await page
    .getByRole('main')
    .getByRole('link', { name: `first light ${pitch}` })
    .first()
    .click()
  await page.getByRole('main').getByRole('link', { name: 'Edit' }).click()
  const stays = page.getByRole('region', { name: 'Who stays' })
  await stays.getByText(/still listen at half/).waitFor()
  await stays.getByText('0:32', { exact: true }).waitFor()
  await stays.locator('path[data-course]').waitFor({ state: 'attached' })
})

test('titles and genres are filled in before a file goes', async () => {
  const { page } = await visit({ as: 'artist' })
  await open(page, '/studio/upload')
  await page.getByLabel('Let me fill in titles').check()
  const pitch = 5000 + Math.floor(Math.random() * 4000)
  await drop(page, folder, [{ name: `untitled ${pitch}.wav`, content: wav(2, pitch) }])
  const row = page.getByRole('region', { name: 'Uploads' }).getByRole('listitem').first()
  await row.getByText('not sent yet').waitFor()
  await row.getByLabel('Title', { exact: true }).fill(`Named ${pitch}`)
  await row.getByLabel('Genres').fill('drone, tape')
  await page.getByRole('button', { name: 'Send 1 file' }).click()
  await row.getByText('added').waitFor({ timeout: 60_000 })
  await row.getByText(`Named ${pitch}`).waitFor()
  await row.getByRole('link', { name: 'edit' }).click()
  await page.getByRole('heading', { name: 'Edit the track' }).waitFor()
  expect(await page.getByLabel('Genres').inputValue()).toBe('drone, tape')
})

test('an archive becomes an album; what is no music is named; its title is put right', async () => {
  const { page } = await visit({ as: 'artist' })
  await open(page, '/studio/upload')
  const pitch = 300 + Math.floor(Math.random() * 4000)
  const songs = [0, 1].map((at) => ({ name: `0${at + 1} evening ${pitch}.wav`, content: wav(2, pitch + at) }))
  const archive = zip([...songs, { name: 'notes.txt', content: Buffer.from('no music') }])
  await drop(page, folder, [{ name: `evenings ${pitch}.zip`, content: archive }])
  const row = page.getByRole('region', { name: 'Uploads' }).getByRole('listitem').first()
  await row.getByText('added').waitFor({ timeout: 60_000 })
  await row.getByText('notes.txt').waitFor()
  await row.getByRole('link', { name: 'edit' }).click()
  await page.getByRole('heading', { name: 'Edit the album' }).waitFor()
  await page.getByLabel('Title').fill(`Evenings in ${pitch}`)
  await page.getByLabel('Genres').fill('ambient, field recording')
  await page.getByRole('button', { name: 'Save' }).click()
  // Exactly: "Save" and "Delete" beside each other are "SaveDelete", which has the word in it before anything is saved.
  await page.getByText('Saved', { exact: true }).waitFor()
  await page.reload()
  expect(await page.getByLabel('Title').inputValue()).toBe(`Evenings in ${pitch}`)
  expect(await page.getByLabel('Genres').inputValue()).toBe('ambient, field recording')
  const songsOfIt = page.getByRole('link', { name: /^Edit 0/ })
  await songsOfIt.nth(1).waitFor()
  expect(await songsOfIt.count()).toBe(2)
})

test('an admin rebuilds search and watches it', async () => {
  const { page } = await visit({ as: 'admin' })
  await open(page, '/operator')
  await page.getByRole('heading', { name: /All is well|Something is unavailable/ }).waitFor()
  const row = page.getByRole('listitem').filter({ hasText: 'Search' }).filter({ hasText: 'Rebuild' })
  await row.getByRole('button', { name: 'Rebuild' }).click()
  await row
    .getByText(/Being made anew|Fresh/)
    .first()
    .waitFor()
  await eventually(
    'it is fresh again',
    () => row.innerText(),
    (text) => text.includes('Fresh'),
  )
})

test('a listener is told which role a page needs', async () => {
  const { page } = await visit({ as: 'listener' })
  await open(page, '/studio')
  await page.getByText('The studio is for artists').waitFor()
  await open(page, '/operator')
  await page.getByText('This page is for administrators').waitFor()
})

test('an account without an artist profile is told how to get one, also where a profile is changed', async () => {
  const name = `nobody-${Date.now().toString(36)}`
  const body = { username: name, email: `${name}@example.org`, password: NEW_PASSWORD, role: 'artist' }
  const headers = { 'Content-Type': 'application/json' }
  const sent = { method: 'POST', headers, body: JSON.stringify(body) }
  expect((await fetch(`${service}/api/v1/auth/register`, sent)).status).toBe(201)
  const { page } = await visit()
  await signInByHand(page, name, NEW_PASSWORD)
  await page.getByRole('heading', { name: new RegExp(name) }).waitFor()
  for (const path of ['/studio', '/studio/artist']) {
    await open(page, path)
    const main = page.getByRole('main')
    await main.getByRole('heading', { name: 'You have no artist profile yet' }).waitFor()
    await main.getByRole('link', { name: 'Upload music' }).last().click()
    await page.getByLabel('Artist name').waitFor()
  }
})
