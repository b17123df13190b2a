import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Upload } from 'lucide-react'
import { useTranslations } from 'use-intl'
import type { Artist } from '../api/gen'
import { getArtistOfUserOptions, listAlbumsOfArtistOptions } from '../api/gen/@tanstack/react-query.gen'
import { isArtist, useMe, useSignedIn } from '../api/me'
import { isStatus } from '../api/problem'
import { tracksOfArtist } from '../api/reads'
import { CardGrid } from '../ui/card'
import { NeedsAccount, NeedsRole } from '../ui/needs-account'
import { Page, Section } from '../ui/page'
import { Empty, Problem, Skeleton } from '../ui/states'
import { AlbumCard } from '../ui/things'
import { TrackList } from '../ui/track-list'
import { Heard } from './heard'
import styles from './studio.module.css'

/** An artist's own music, and how it is heard. */
export default function StudioPage() {
  const t = useTranslations('studio')
  const signedIn = useSignedIn()
  const me = useMe()
  return (
    <Page
      title={t('title')}
      aside={
        isArtist(me) && (
          <Link to="/studio/upload" className={styles.upload}>
            <Upload aria-hidden="true" />
            {t('upload')}
          </Link>
        )
      }
    >
      {!signedIn ? (
        <NeedsAccount reason="library" />
      ) : (
        me && (isArtist(me) ? <Own userId={me.id} /> : <NeedsRole wanted="artist" />)
      )}
    </Page>
  )
}

function Own({ userId }: { userId: string }) {
  const t = useTranslations('studio')
  const { data, error, refetch } = useQuery(getArtistOfUserOptions({ path: { user_id: userId } }))
  if (isStatus(error, 404)) {
    return (
      <Empty
        title={t('noProfile')}
        action={
          <Link to="/studio/upload" className="link">
            {t('upload')}
          </Link>
        }
      >
        {t('noProfileHint')}
      </Empty>
    )
  }
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="block" />
  return <Profile artist={data} />
}

function Profile({ artist }: { artist: Artist }) {
  const t = useTranslations('studio')
  const albums = useQuery(listAlbumsOfArtistOptions({ path: { artist_id: artist.id }, query: { limit: 100 } }))
  const tracks = useQuery(tracksOfArtist(artist.id))
  return (
    <>
      <Heard artist={artist} />
      <Section title={t('best')}>
        {tracks.error ? (
          <Problem error={tracks.error} retry={tracks.refetch} />
        ) : tracks.data ? (
          <TrackList
            tracks={tracks.data.slice(0, 20)}
            source={{ type: 'artist', id: artist.id, title: artist.name }}
            label={t('best')}
            showAlbum
            showPlays
          />
        ) : (
          <Skeleton kind="rows" />
        )}
      </Section>
      {albums.data && albums.data.items.length > 0 && (
        <Section title={t('albums')}>
          <CardGrid>
            {albums.data.items.map((album) => (
              <AlbumCard key={album.id} album={album} />
            ))}
          </CardGrid>
        </Section>
      )}
    </>
  )
}
