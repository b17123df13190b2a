/** The mark of Jonquil. */
export function FlowerMark({ size = 22 }: { size?: number }) {
  return (
    <svg viewBox="-32 -32 64 64" width={size} height={size} aria-hidden="true">
      {[0, 60, 120, 180, 240, 300].map((angle, at) => (
        <path
          key={angle}
          d="M0 0C-12.6 -8.4 -13.8 -23.4 0 -30C13.8 -23.4 12.6 -8.4 0 0Z"
          transform={`rotate(${angle})`}
          fill={at % 2 ? '#f7d22a' : '#e9b91c'}
        />
      ))}
      <circle r="9" fill="#e58a17" />
      <circle r="4.5" fill="#5a3406" />
    </svg>
  )
}
