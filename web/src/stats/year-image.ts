/** Words and numbers of the picture, in the person's language. */
export interface Poster {
  year: string
  headline: string
  numbers: { value: string; label: string }[]
  lists: { title: string; lines: string[] }[]
}

export const SHAPES = { story: [1080, 1920], wide: [1200, 630] } as const
export type Shape = keyof typeof SHAPES

const COLOURS = { ground: '#0f0e0b', text: '#f5f3ef', soft: '#bfbeb7', accent: '#f7d22a' }
const font = (size: number, weight: number) => `${weight} ${size}px "Onest Variable", system-ui, sans-serif`

/** A picture to share, drawn here: nothing of it leaves the browser unless the person sends it. */
export async function drawPoster(poster: Poster, shape: Shape): Promise<Blob> {
  const [width, height] = SHAPES[shape]
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const pen = canvas.getContext('2d')
  if (!pen) throw new Error('this browser draws no pictures')
  await document.fonts.load(font(40, 700))
  pen.fillStyle = COLOURS.ground
  pen.fillRect(0, 0, width, height)
  const wide = shape === 'wide'
  const margin = wide ? 64 : 96
  drawFlower(pen, wide ? width - 150 : width - 210, wide ? 150 : 240, wide ? 230 : 340)
  write(pen, 'Jonquil', margin, wide ? 92 : 150, font(wide ? 30 : 40, 600), COLOURS.soft)
  write(pen, poster.year, margin, wide ? 190 : 330, font(wide ? 96 : 170, 700), COLOURS.accent)
  write(pen, poster.headline, margin, wide ? 240 : 410, font(wide ? 30 : 44, 500), COLOURS.text, width - 2 * margin)
  drawNumbers(pen, poster, margin, wide)
  drawLists(pen, poster, margin, wide)
  return new Promise((done, refuse) =>
    canvas.toBlob((blob) => (blob ? done(blob) : refuse(new Error('the picture is empty'))), 'image/png'),
  )
}

function write(
  pen: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  face: string,
  colour: string,
  width = Number.POSITIVE_INFINITY,
) {
  pen.font = face
  pen.fillStyle = colour
  pen.fillText(
    shortened(text, width, (part) => pen.measureText(part).width),
    x,
    y,
  )
}

/** As much of a text as fits, with an ellipsis. */
export function shortened(text: string, width: number, measure: (text: string) => number): string {
  if (measure(text) <= width) return text
  const letters = [...text]
  while (letters.length > 0 && measure(`${letters.join('').trimEnd()}…`) > width) letters.pop()
  return `${letters.join('').trimEnd()}…`
}

function drawNumbers(pen: CanvasRenderingContext2D, poster: Poster, margin: number, wide: boolean) {
  const [step, top] = wide ? [270, 350] : [444, 640]
  poster.numbers.slice(0, 4).forEach((number, at) => {
    const x = margin + (wide ? at : at % 2) * step
    const y = top + (wide ? 0 : Math.floor(at / 2) * 220)
    write(pen, number.value, x, y, font(wide ? 46 : 68, 700), COLOURS.text, step - 20)
    write(pen, number.label, x, y + (wide ? 36 : 52), font(wide ? 24 : 34, 500), COLOURS.soft, step - 20)
  })
}

function drawLists(pen: CanvasRenderingContext2D, poster: Poster, margin: number, wide: boolean) {
  const [step, top, line] = wide ? [540, 450, 42] : [444, 1190, 92]
  poster.lists.slice(0, 2).forEach((list, at) => {
    const x = margin + at * step
    const room = step - 40
    write(pen, list.title, x, top, font(wide ? 26 : 42, 600), COLOURS.accent, room)
    list.lines.slice(0, wide ? 3 : 5).forEach((words, place) => {
      const y = top + line * (place + 1)
      write(pen, `${place + 1}  ${words}`, x, y, font(wide ? 28 : 42, 500), COLOURS.text, room)
    })
  })
}

const PETALS = 6

/** The mark of the house. */
function drawFlower(pen: CanvasRenderingContext2D, x: number, y: number, size: number) {
  pen.save()
  pen.translate(x, y)
  pen.scale(size / 100, size / 100)
  const petal = new Path2D('M0 0C-18 -12 -20 -36 0 -46C20 -36 18 -12 0 0Z')
  for (let at = 0; at < PETALS; at++) {
    pen.rotate((2 * Math.PI) / PETALS)
    pen.fillStyle = at % 2 ? COLOURS.accent : '#e0a91f'
    pen.fill(petal)
  }
  pen.fillStyle = '#b3501d'
  pen.beginPath()
  pen.arc(0, 0, 11, 0, 2 * Math.PI)
  pen.fill()
  pen.restore()
}
