import { isActive, player } from '../player/player'

interface Policy {
  createScriptURL: (url: string) => string
}
type WithPolicies = typeof globalThis & {
  trustedTypes?: { createPolicy: (name: string, rules: Policy) => Policy }
}

/** The one address of a script that the page makes itself; the Content-Security-Policy names this policy. */
function address(): string {
  const policies = (globalThis as WithPolicies).trustedTypes
  const rules: Policy = { createScriptURL: () => '/app/sw.js' }
  return (policies?.createPolicy('jonquil', rules) ?? rules).createScriptURL('')
}

/** A new version waits; it is taken when nothing plays, else at the next start. */
export async function watchServiceWorker() {
  const registration = await navigator.serviceWorker.register(address(), { scope: '/app/' }).catch(() => undefined)
  registration?.addEventListener('updatefound', () => {
    const coming = registration.installing
    coming?.addEventListener('statechange', () => {
      const isUpdate = coming.state === 'installed' && navigator.serviceWorker.controller
      if (isUpdate && !isActive(player.state)) coming.postMessage({ type: 'take-over' })
    })
  })
}
