/** One sound at a time in all tabs: the last one that plays owns it. Not Web Locks, which plain http on a LAN does not have. */
export class Tabs {
  private readonly channel =
    typeof BroadcastChannel === 'undefined' ? undefined : new BroadcastChannel('jonquil.player')
  private readonly id = Math.random().toString(36).slice(2)
  owner = true

  constructor(lost: () => void) {
    this.channel?.addEventListener('message', (message: MessageEvent<{ owner: string }>) => {
      if (message.data.owner === this.id) return
      this.owner = false
      lost()
    })
  }

  own() {
    this.owner = true
    this.channel?.postMessage({ owner: this.id })
  }
}
