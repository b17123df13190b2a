/** Short messages at the edge; one with an action stays for 8 s. */
export interface Toast {
  id: number
  text?: string
  /** Said in the language that is chosen when it is shown. */
  problem?: { error: unknown }
  action?: { label: string; run: () => void }
}

let toasts: readonly Toast[] = []
let next = 1
const listeners = new Set<() => void>()

function set(value: readonly Toast[]) {
  toasts = value
  for (const listener of listeners) listener()
}

function show(toast: Omit<Toast, 'id'>) {
  const id = next++
  set([...toasts.slice(-2), { ...toast, id }])
  setTimeout(() => dismiss(id), 8000)
}

export const dismiss = (id: number) => set(toasts.filter((toast) => toast.id !== id))

export function say(text: string, action?: Toast['action']) {
  show(action ? { text, action } : { text })
}

export function fail(error: unknown) {
  show({ problem: { error } })
}

export const shownToasts = () => toasts

export function onToasts(listener: () => void) {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
