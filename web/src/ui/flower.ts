/** A flower from the hash of an id. Lightness is fixed, so that every cover sits equally well in both themes. */
export interface Flower {
  ground: string
  x: number
  y: number
  petals: { angle: number; path: string; fill: string }[]
  centre: number
  centreFill: string
}

function hash(text: string): () => number {
  let state = 2166136261
  for (let at = 0; at < text.length; at++) state = Math.imul(state ^ text.charCodeAt(at), 16777619)
  return () => {
    state = Math.imul(state ^ (state >>> 15), 2246822507)
    state = Math.imul(state ^ (state >>> 13), 3266489909)
    state ^= state >>> 16
    return (state >>> 0) / 4294967296
  }
}

export function flowerOf(id: string): Flower {
  const random = hash(id)
  const hue = Math.floor(random() * 360)
  const second = (hue + (random() < 0.5 ? -1 : 1) * (22 + random() * 40) + 360) % 360
  const count = 5 + Math.floor(random() * 4)
  const radius = 46 + random() * 26
  const turn = random() * 360
  const width = Math.sin(Math.PI / count) * radius * (0.92 + random() * 0.3)
  const path = `M0 0C${r(-width * 0.9)} ${r(-radius * 0.3)} ${r(-width)} ${r(-radius * 0.86)} 0 ${r(-radius)}C${r(width)} ${r(-radius * 0.86)} ${r(width * 0.9)} ${r(-radius * 0.3)} 0 0Z`
  const fills = [`oklch(0.6 0.12 ${r(hue)})`, `oklch(0.72 0.12 ${r(second)})`]
  return {
    ground: `oklch(0.36 0.07 ${r((hue + random() * 16) % 360)})`,
    x: r(34 + random() * 32),
    y: r(34 + random() * 32),
    petals: Array.from({ length: count }, (_, at) => ({
      angle: r(turn + (360 / count) * at),
      path,
      fill: fills[at % 2] as string,
    })),
    centre: r(11 + random() * 8),
    centreFill: random() < 0.6 ? 'oklch(0.87 0.15 88)' : `oklch(0.85 0.1 ${r((second + 160) % 360)})`,
  }
}

const r = (value: number) => Math.round(value * 10) / 10
