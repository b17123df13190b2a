import decodeQR from 'qr/decode.js'
import { expect, it } from 'vitest'
import { type Drawn, drawQr } from './qr'

const SCALE = 4

/** The picture that the path makes, in black and white. */
function painted({ size, path }: Drawn) {
  const width = size * SCALE
  const data = new Uint8ClampedArray(width * width * 4).fill(255)
  const fill = (x: number, y: number) => data.fill(0, (y * width + x) * 4, (y * width + x) * 4 + 3)
  for (const [, from, row, length] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-\d+z/g)) {
    for (let y = Number(row) * SCALE; y < (Number(row) + 1) * SCALE; y++) {
      for (let x = Number(from) * SCALE; x < (Number(from) + Number(length)) * SCALE; x++) fill(x, y)
    }
  }
  return { width, height: width, data }
}

it.each([
  'otpauth://totp/Jonquil:berta?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Jonquil&algorithm=SHA1&digits=6&period=30',
  `otpauth://totp/Jonquil:${'a'.repeat(64)}?secret=${'B'.repeat(52)}&issuer=Jonquil`,
])('the code of a secret is read as it was written: %s', (uri) => {
  expect(decodeQR(painted(drawQr(uri)))).toBe(uri)
})

it('leaves four light modules on every side', () => {
  const { size, path } = drawQr('otpauth://totp/a')
  for (const [, x, y, length] of path.matchAll(/M(\d+) (\d+)h(\d+)/g)) {
    expect(Math.min(Number(x), Number(y), size - Number(x) - Number(length), size - 1 - Number(y))).toBeGreaterThan(3)
  }
})
