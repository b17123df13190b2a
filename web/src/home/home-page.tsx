import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import { isArtist, useMe, useSignedIn } from '../api/me'
import { signedInAs } from '../api/session'
import { Shelf } from '../ui/card'
import { Page, Section } from '../ui/page'
import { Empty, Problem, Skeleton } from '../ui/states'
import { AlbumCard, ArtistCard } from '../ui/things'
import { TrackList } from '../ui/track-list'
import { Continue } from './continue'
import { ForYou, NewReleases } from './for-you'
import { anyTracks, type Part, popularArtists, popularTracks, recentAlbums, useLateParts } from './queries'
import { Rising } from './rising'

const OWN: readonly Part[] = ['continue', 'forYou', 'newReleases']

/** What to hear now. */
export default function HomePage() {
  const t = useTranslations('home')
  const me = useMe()
  const signedIn = useSignedIn()
  const late = useLateParts(me?.id ?? signedInAs())
  const recent = useQuery(recentAlbums())
  const empty = recent.data?.total === 0
  const hour = new Date().getHours()
  const part = hour < 5 ? 'night' : hour < 12 ? 'morning' : hour < 18 ? 'day' : 'evening'
  return (
    <Page title={t('title')} heading={me ? t(`greeting.${part}`, { name: me.display_name }) : t('welcome')}>
      {!late || (signedIn && !me) ? (
        <>
          <Skeleton kind="cards" />
          <Skeleton kind="rows" count={10} />
        </>
      ) : empty ? (
        <Empty
          title={t('emptyTitle')}
          action={
            isArtist(me) && (
              <Link to="/studio/upload" className="link">
                {t('upload')}
              </Link>
            )
          }
        >
          {t('emptyText')}
        </Empty>
      ) : (
        <>
          <Optional parts={OWN.filter((part) => !late.includes(part))} userId={me?.id} />
          <NewAlbums />
          <Popular />
          <Optional parts={late.includes('rising') ? [] : ['rising']} userId={me?.id} />
          <Artists />
          <Optional parts={late} userId={me?.id} />
        </>
      )}
    </Page>
  )
}

function Optional({ parts, userId }: { parts: readonly Part[]; userId: string | undefined }) {
  return parts.map((part) => {
    if (part === 'rising') return <Rising key={part} />
    if (!userId) return null
    const Own = { continue: Continue, forYou: ForYou, newReleases: NewReleases }[part]
    return <Own key={part} userId={userId} />
  })
}

function NewAlbums() {
  const t = useTranslations('home')
  const { data, error, refetch } = useQuery(recentAlbums())
  return (
    <Section title={t('new')}>
      {error ? (
        <Problem error={error} retry={refetch} />
      ) : !data ? (
        <Skeleton kind="cards" />
      ) : (
        <Shelf>
          {data.items.map((album, at) => (
            <AlbumCard key={album.id} album={album} eager={at < 6} />
          ))}
        </Shelf>
      )}
    </Section>
  )
}

function Popular() {
  const t = useTranslations('home')
  const chart = useQuery(popularTracks())
  const nothing = chart.data?.items.length === 0
  const other = useQuery({ ...anyTracks(), enabled: nothing })
  const tracks = nothing ? other.data?.items : chart.data?.items.map((place) => place.track)
  const title = nothing ? t('fromCatalogue') : t('popular')
  return (
    <Section
      title={title}
      {...(!nothing && { note: t('popularNote') })}
      action={
        <Link to="/charts" search={{}}>
          {t('all')}
        </Link>
      }
    >
      {chart.error ? (
        <Problem error={chart.error} retry={chart.refetch} />
      ) : !tracks ? (
        <Skeleton kind="rows" count={10} />
      ) : (
        <TrackList tracks={tracks} source={{ type: 'charts', title }} label={title} showAlbum showPlays />
      )}
    </Section>
  )
}

function Artists() {
  const t = useTranslations('home')
  const { data, error, refetch } = useQuery(popularArtists())
  if (data?.items.length === 0) return null
  return (
    <Section title={t('artists')}>
      {error ? (
        <Problem error={error} retry={refetch} />
      ) : !data ? (
        <Skeleton kind="cards" />
      ) : (
        <Shelf>
          {data.items.map((place) => (
            <ArtistCard key={place.artist.id} artist={place.artist} />
          ))}
        </Shelf>
      )}
    </Section>
  )
}
