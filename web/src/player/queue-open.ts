import { useSyncExternalStore } from 'react'

/** Whether the queue is shown: docked on wide windows, else a sheet. */
let open = false
const listeners = new Set<() => void>()

export function setQueueOpen(value: boolean) {
  open = value
  for (const listener of listeners) listener()
}

export const toggleQueue = () => setQueueOpen(!open)

export function useQueueOpen(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => open,
  )
}
