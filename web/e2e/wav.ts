/** A tone of so many seconds as a WAV file, and as many titles as wanted: the data differs by its pitch. */
export function wav(seconds: number, hertz: number): Buffer {
  const rate = 8000
  const samples = seconds * rate
  const file = Buffer.alloc(44 + samples * 2)
  file.write('RIFF', 0)
  file.writeUInt32LE(36 + samples * 2, 4)
  file.write('WAVEfmt ', 8)
  file.writeUInt32LE(16, 16)
  file.writeUInt16LE(1, 20)
  file.writeUInt16LE(1, 22)
  file.writeUInt32LE(rate, 24)
  file.writeUInt32LE(rate * 2, 28)
  file.writeUInt16LE(2, 32)
  file.writeUInt16LE(16, 34)
  file.write('data', 36)
  file.writeUInt32LE(samples * 2, 40)
  for (let at = 0; at < samples; at++) {
    const loud = 9000 * (0.4 + 0.6 * Math.abs(Math.sin(at / rate)))
    file.writeInt16LE(Math.round(Math.sin((at / rate) * hertz * 2 * Math.PI) * loud), 44 + at * 2)
  }
  return file
}
