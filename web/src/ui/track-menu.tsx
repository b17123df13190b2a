import { lazy } from 'react'
import type { Track } from '../api/gen'
import type { MenuEntry } from './menu-popup'
import { MoreMenu } from './more-menu'

const Popup = lazy(() => import('./track-menu-popup'))

/** What else can be done with a track. */
export function TrackMenu(props: { track: Track; size?: 'small' | 'normal'; entries?: () => MenuEntry[] }) {
  const { track, size = 'small', entries } = props
  return (
    <MoreMenu title={track.title} size={size}>
      {(opened) => <Popup track={track} more={entries?.() ?? []} opened={opened} />}
    </MoreMenu>
  )
}
