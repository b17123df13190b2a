import { lazy } from 'react'
import type { ReportedType, Track } from '../api/gen'
import { MoreMenu } from './more-menu'

const Popup = lazy(() => import('./work-menu-popup'))

export interface Work {
  type: Exclude<ReportedType, 'track'>
  id: string
  title: string
  /** Where it is, below the page's own address. */
  path: string
  /** All of it, the rest fetched first if need be. Absent if nothing of it can be played. */
  tracks?: () => Track[] | Promise<Track[]>
  /** Nobody reports what is their own. */
  mine?: boolean
}

/** What else can be done with an album, an artist or a playlist as a whole. */
export function WorkMenu({ work }: { work: Work }) {
  return <MoreMenu title={work.title}>{(opened) => <Popup work={work} opened={opened} />}</MoreMenu>
}
