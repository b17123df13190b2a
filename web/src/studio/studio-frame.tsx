import type { ReactNode } from 'react'
import type { User } from '../api/gen'
import { isArtist, useMe, useSignedIn } from '../api/me'
import { NeedsAccount, NeedsRole } from '../ui/needs-account'
import { Page } from '../ui/page'

/** A page of the studio: for artists and admins; others are told so. */
export function StudioFrame(props: { title: string; aside?: ReactNode; children: (me: User) => ReactNode }) {
  const signedIn = useSignedIn()
  const me = useMe()
  return (
    <Page title={props.title} aside={isArtist(me) && props.aside}>
      {!signedIn ? (
        <NeedsAccount reason="library" />
      ) : (
        me && (isArtist(me) ? props.children(me) : <NeedsRole wanted="artist" />)
      )}
    </Page>
  )
}
