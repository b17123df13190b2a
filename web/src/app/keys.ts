import { useRouter } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import { toggleLike } from '../api/favourites'
import { askToSignIn } from '../api/sign-in-request'
import { cycleRepeat, toggle, toggleShuffle } from '../player/actions'
import { player } from '../player/player'
import { current } from '../player/queue'
import { toggleQueue } from '../player/queue-open'
import { readLook } from './look'
import { fail } from './toasts'

const GO: Record<string, string> = { h: '/', l: '/library', c: '/charts', s: '/stats' }
const SEEK_MS = 5000

/** Where a key means something else. */
function isTaken(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement
  if (event.defaultPrevented || event.altKey || event.metaKey) return true
  if (target.closest('input:not([type=range]), textarea, select, [contenteditable], [role=dialog], [role=menu]'))
    return true
  const uses = 'button, a, summary, [role=slider], [role=row], [role=tab], [role=option], input[type=range]'
  const widget = target.closest(uses) !== null
  if (event.key === ' ') return widget
  if (event.key.startsWith('Arrow'))
    return (
      target.closest('[role=slider], [role=row], [role=tab], [data-row], input[type=range], [data-arrows]') !== null
    )
  return false
}

function likeCurrent() {
  const entry = current(player.state.queue)
  if (entry) askToSignIn('like', () => void toggleLike('track', entry.song.id).catch(fail))
}

function change(event: KeyboardEvent): (() => void) | undefined {
  const { state, volume } = player
  const seek = (by: number) => () => player.send({ type: 'seek', positionMs: state.positionMs + by })
  const louder = (by: number) => () =>
    player.setVolume({ level: Math.min(1, Math.max(0, volume.level + by)), muted: false })
  const shifted: Record<string, () => void> = {
    ArrowLeft: () => player.send({ type: 'previous' }),
    ArrowRight: () => player.send({ type: 'next' }),
    ArrowUp: louder(0.05),
    ArrowDown: louder(-0.05),
  }
  const plain: Record<string, () => void> = {
    ' ': toggle,
    ArrowLeft: seek(-SEEK_MS),
    ArrowRight: seek(SEEK_MS),
    m: () => player.setVolume({ ...volume, muted: !volume.muted }),
    s: toggleShuffle,
    r: cycleRepeat,
    q: toggleQueue,
    l: likeCurrent,
  }
  return event.shiftKey ? shifted[event.key] : plain[event.key.length === 1 ? event.key.toLowerCase() : event.key]
}

/** Keys that work everywhere. Those of one letter can be switched off in the settings. */
export function useKeys() {
  const router = useRouter()
  const [open, setOpen] = useState(false)
  useEffect(() => {
    let after = 0
    const onKey = (event: KeyboardEvent) => {
      const find = (event.key === 'k' && event.ctrlKey) || (event.key === '/' && readLook().singleKeys)
      if (find && (event.ctrlKey || !isTaken(event))) {
        event.preventDefault()
        document.getElementById('search')?.focus()
        return
      }
      if (event.ctrlKey || isTaken(event)) return
      const single = event.key.length === 1 && event.key !== ' '
      if (single && !readLook().singleKeys) return
      if (event.key === '?') return setOpen(true)
      const to = GO[event.key.toLowerCase()]
      if (to && Date.now() - after < 1000) {
        after = 0
        return void (to === '/' || to === '/charts'
          ? router.navigate({ to })
          : askToSignIn('library', () => router.navigate({ to })))
      }
      after = event.key.toLowerCase() === 'g' ? Date.now() : 0
      const run = change(event)
      if (!run) return
      event.preventDefault()
      run()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [router])
  return { open, close: () => setOpen(false) }
}
