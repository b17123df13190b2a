import { createHmac } from 'node:crypto'
import { expect, test } from 'vitest'
import { NEW_PASSWORD, open, passwordOf, register, service, visit } from '../browser'

/** What an authenticator app shows (RFC 6238: SHA-1, 30 s, six digits). */
function codeOf(secret: string, step: number): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  const bits = [...secret].map((letter) => letters.indexOf(letter).toString(2).padStart(5, '0')).join('')
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const mac = createHmac('sha1', key).update(counter).digest()
  const at = (mac.at(-1) ?? 0) & 15
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

test('the session is a cookie that scripts do not see, and survives a reload', async () => {
  const { page, context } = await visit()
  const name = await register(page)
  const kept = await page.evaluate(() => JSON.stringify(localStorage))
  expect(kept).not.toContain('refresh_token')
  const cookie = (await context.cookies(`${service}/api/v1/auth`)).find((one) => one.name === 'jonquil_refresh')
  expect(cookie?.httpOnly).toBe(true)
  await page.reload()
  await page.getByRole('heading', { name: new RegExp(name) }).waitFor()
  await open(page, '/settings/profile')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('link', { name: 'Sign in' }).first().waitFor()
  expect((await context.cookies(`${service}/api/v1/auth`)).length).toBe(0)
})

test('an API key is shown once and works; a second factor is asked for; the account is deleted', async () => {
  const { page } = await visit()
  const name = await register(page)

  await open(page, '/settings/api')
  await page.getByLabel('Name').fill('scrobbler at home')
  await page.getByRole('button', { name: 'Make the key' }).click()
  const secret = await page.locator('pre').innerText()
  const answer = await fetch(`${service}/api/v1/search/suggest?q=a`, { headers: { 'X-Api-Key': secret } })
  expect(answer.status).toBe(200)
  await page.reload()
  await page.getByText('scrobbler at home').waitFor()
  expect(await page.locator('pre').count()).toBe(0)

  await open(page, '/settings/security')
  await page.getByText('this one').waitFor()
  await page.getByRole('button', { name: 'Switch it on' }).click()
  const qr = page.getByRole('img', { name: /^QR code/ })
  const colours = await qr.evaluate((svg) => [
    getComputedStyle(svg).fill,
    getComputedStyle(svg.parentElement ?? svg).backgroundColor,
  ])
  expect(colours).toEqual(['rgb(0, 0, 0)', 'rgb(255, 255, 255)'])
  const totp = await page.locator('pre').innerText()
  const step = Math.floor(Date.now() / 30_000)
  await page.getByLabel('Password until now').fill(NEW_PASSWORD)
  await page.getByLabel('Code', { exact: true }).fill(codeOf(totp, step))
  await page.getByRole('button', { name: 'Confirm' }).click()
  await page.getByText('Recovery codes', { exact: true }).waitFor()
  const recovery = (await page.locator('pre').innerText()).split('\n')[0] ?? ''
  await page.getByRole('button', { name: 'I have kept them' }).click()
  await open(page, '/settings/profile')
  await page.getByRole('button', { name: 'Sign out' }).click()

  await open(page, '/sign-in')
  await page.getByLabel('Username or e-mail').fill(name)
  await page.getByLabel('Password', { exact: true }).fill(NEW_PASSWORD)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByLabel('Code', { exact: true }).fill(recovery)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('heading', { name: new RegExp(name) }).waitFor()

  await open(page, '/settings/data')
  await page.getByLabel(`Type ${name} to confirm`).fill(name)
  await page.getByRole('button', { name: 'Delete my account' }).click()
  await page.getByText('Your account is deleted').waitFor()
})

test('what is wrong stands at its field in Russian', async () => {
  const { page } = await visit({ language: 'ru' })
  await open(page, '/register')
  await page.getByLabel('Имя пользователя').fill('б')
  await page.getByLabel('Электронная почта').fill('nobody')
  await page.getByLabel('Пароль', { exact: true }).fill('short')
  await page.getByRole('button', { name: 'Создать учётную запись' }).click()
  for (const words of ['Должно быть от 3 до 32 знаков', 'Нужен адрес вида', 'Нужно от 10 до 256 знаков']) {
    await page.getByText(words).waitFor()
  }
})

test('an admin gives a role and a link to a new password', async () => {
  const { page: of } = await visit()
  const name = await register(of)
  const { page } = await visit({ as: 'admin' })
  await open(page, '/operator/users')
  await page.getByLabel('Find a person').fill(name)
  await page.getByLabel(`Role of ${name}`).selectOption('artist')
  await page.getByText(`${name} changed`).waitFor()
  await page.getByRole('button', { name: `Make a link for ${name}` }).click()
  const link = await page.getByRole('dialog').locator('pre').innerText()

  await of.goto(link)
  await of.getByLabel('New password').fill(passwordOf(name))
  await of.getByRole('button', { name: 'Set the password' }).click()
  await of.getByText('The password is set').waitFor()
  await of.getByRole('main').getByRole('link', { name: 'Sign in' }).click()
  await of.getByLabel('Username or e-mail').fill(name)
  await of.getByLabel('Password', { exact: true }).fill(passwordOf(name))
  await of.getByRole('button', { name: 'Sign in', exact: true }).click()
  await of.getByRole('link', { name: 'Studio' }).first().waitFor()
})
