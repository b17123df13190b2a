import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Upload } from 'lucide-react'
import { useTranslations } from 'use-intl'
import type { Artist } from '../api/gen'
import { listAlbumsOfArtistOptions } from '../api/gen/@tanstack/react-query.gen'
import { tracksOfArtist } from '../api/reads'
import { Cover } from '../ui/cover'
import { Section } from '../ui/page'
import { Problem, Skeleton } from '../ui/states'
import { TrackList } from '../ui/track-list'
import { Heard } from './heard'
import { OwnArtist } from './own-artist'
import styles from './studio.module.css'
import { StudioFrame } from './studio-frame'

/** An artist's own music, and how it is heard. */
export default function StudioPage() {
  const t = useTranslations('studio')
  const upload = (
    <Link to="/studio/upload" className={styles.upload}>
      <Upload aria-hidden="true" />
      {t('upload')}
    </Link>
  )
  return (
    <StudioFrame title={t('title')} aside={upload}>
      {(me) => <OwnArtist userId={me.id}>{(artist) => <Profile artist={artist} />}</OwnArtist>}
    </StudioFrame>
  )
}

function Profile({ artist }: { artist: Artist }) {
  const t = useTranslations()
  const albums = useQuery(listAlbumsOfArtistOptions({ path: { artist_id: artist.id }, query: { limit: 100 } }))
  const tracks = useQuery(tracksOfArtist(artist.id))
  return (
    <>
      <Heard artist={artist} />
      <Link to="/studio/artist" className={`link ${styles.toProfile}`}>
        {t('studio.editArtist')}
      </Link>
      <Section title={t('studio.best')}>
        {tracks.error ? (
          <Problem error={tracks.error} retry={tracks.refetch} />
        ) : tracks.data ? (
          <TrackList
            tracks={tracks.data.slice(0, 20)}
            source={{ type: 'artist', id: artist.id, title: artist.name }}
            label={t('studio.best')}
            showAlbum
            showPlays
          />
        ) : (
          <Skeleton kind="rows" />
        )}
      </Section>
      {albums.data && albums.data.items.length > 0 && (
        <Section title={t('studio.albums')}>
          <ul className={styles.tracks}>
            {albums.data.items.map((album) => (
              <li key={album.id}>
                <Cover id={album.id} url={album.cover_url} size={64} />
                <Link to="/albums/$id" params={{ id: album.id }} className="cut underlined">
                  {album.title}
                </Link>
                <span>{t('count.tracks', { count: album.tracks_count })}</span>
                <Link
                  to="/studio/albums/$id"
                  params={{ id: album.id }}
                  className="link"
                  aria-label={t('studio.editThis', { title: album.title })}
                >
                  {t('studio.edit')}
                </Link>
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  )
}
