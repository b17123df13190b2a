import { memo } from 'react'
import { flowerOf } from './flower'

/** What stands where there is no cover: a flower that is always the same for the same thing. */
export const PlaceholderCover = memo(function PlaceholderCover({ id }: { id: string }) {
  const flower = flowerOf(id)
  return (
    <svg viewBox="0 0 100 100" aria-hidden="true" preserveAspectRatio="xMidYMid slice">
      <rect width="100" height="100" fill={flower.ground} />
      <g transform={`translate(${flower.x} ${flower.y})`}>
        {flower.petals.map((petal) => (
          <path
            key={petal.angle}
            d={petal.path}
            fill={petal.fill}
            transform={`rotate(${petal.angle})`}
            opacity="0.94"
          />
        ))}
        <circle r={flower.centre} fill={flower.centreFill} />
        <circle r={flower.centre * 0.46} fill={flower.ground} opacity="0.55" />
      </g>
    </svg>
  )
})
