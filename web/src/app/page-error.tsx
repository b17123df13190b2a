import { useRouter } from '@tanstack/react-router'
import { Problem } from '../ui/states'

/** A page that broke; the player and the navigation go on. */
export function PageError({ error, reset }: { error: unknown; reset: () => void }) {
  const router = useRouter()
  return (
    <Problem
      error={error}
      retry={() => {
        reset()
        void router.invalidate()
      }}
    />
  )
}
