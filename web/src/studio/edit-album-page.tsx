import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import { queries } from '../api/cache'
import { type Album, type AlbumType, changeAlbum, deleteAlbum, getAlbum } from '../api/gen'
import { getAlbumOptions } from '../api/gen/@tanstack/react-query.gen'
import { ifMatch } from '../api/if-match'
import { isStatus } from '../api/problem'
import { tracksOfAlbum } from '../api/reads'
import { Gone } from '../app/not-found'
import { fail, say } from '../app/toasts'
import { duration } from '../i18n/formats'
import { Button } from '../ui/button'
import { EditForm } from '../ui/edit-form'
import type { Kept, Values } from '../ui/edits'
import { Choice, Field } from '../ui/form'
import { Section } from '../ui/page'
import { Problem, Skeleton } from '../ui/states'
import { genresOf } from './fields'
import { Picture } from './picture'
import styles from './studio.module.css'
import { StudioFrame } from './studio-frame'

const route = getRouteApi('/studio/albums/$id')
const TYPES = ['album', 'ep', 'single', 'compilation'] as const

/** The names, the date and the cover of an album, and the way to its tracks. */
export default function EditAlbumPage() {
  const t = useTranslations('studio')
  const { id } = route.useParams()
  const { data, error, refetch } = useQuery(getAlbumOptions({ path: { album_id: id } }))
  if (isStatus(error, 404)) return <Gone what="album" />
  return (
    <StudioFrame title={t('editAlbum')}>
      {() =>
        error ? (
          <Problem error={error} retry={refetch} />
        ) : data ? (
          <>
            <Form key={id} album={data} />
            <Tracks id={id} />
          </>
        ) : (
          <Skeleton kind="block" />
        )
      }
    </StudioFrame>
  )
}

const keptOf = (album: Album): Kept => ({
  version: album.version,
  values: {
    title: album.title,
    album_type: album.album_type,
    release_date: album.release_date ?? '',
    genres: album.genres.join(', '),
  },
})

function Form({ album }: { album: Album }) {
  const t = useTranslations()
  const path = { album_id: album.id }
  const setCover = async (cover_key: string) => {
    await changeAlbum({ path, body: { cover_key }, throwOnError: true })
    await queries.invalidateQueries()
  }
  const save = async ({ title = '', album_type, release_date, genres = '' }: Values, version: number) => {
    const body = {
      title,
      album_type: album_type as AlbumType,
      release_date: release_date || null,
      genres: genresOf(genres),
    }
    const { data } = await changeAlbum({ path, body, headers: ifMatch(version), throwOnError: true })
    await queries.invalidateQueries()
    say(t('studio.saved'))
    return keptOf(data)
  }
  return (
    <div className={styles.edit}>
      <Picture id={album.id} url={album.cover_url} set={setCover} />
      <EditForm
        form={`album/${album.id}`}
        kept={keptOf(album)}
        labels={{
          title: t('studio.titleField'),
          album_type: t('studio.albumType'),
          release_date: t('studio.released'),
          genres: t('studio.genres'),
        }}
        load={async () => keptOf((await getAlbum({ path, throwOnError: true })).data)}
        save={save}
        words={(name, value) => (name === 'album_type' ? t(`album.type.${value as AlbumType}`) : value)}
        className={styles.form}
        buttons={(busy) => (
          <div className={styles.formButtons}>
            <Button kind="primary" type="submit" isPending={busy}>
              {t('studio.save')}
            </Button>
            <Delete album={album} />
          </div>
        )}
      >
        {(field) => (
          <>
            <Field {...field('title')} maxLength={300} isRequired />
            <Choice
              {...field('album_type')}
              options={TYPES.map((value) => ({ value, label: t(`album.type.${value}`) }))}
            />
            <Field {...field('release_date')} type="date" />
            <Field {...field('genres')} hint={t('studio.genresHint')} />
          </>
        )}
      </EditForm>
    </div>
  )
}

function Delete({ album }: { album: Album }) {
  const t = useTranslations('studio')
  const navigate = useNavigate()
  const remove = async () => {
    if (!confirm(t('reallyDeleteAlbum', { title: album.title }))) return
    try {
      await deleteAlbum({ path: { album_id: album.id }, throwOnError: true })
      await navigate({ to: '/studio' })
      await queries.invalidateQueries()
      say(t('deleted', { title: album.title }))
    } catch (error) {
      fail(error)
    }
  }
  return (
    <Button writes kind="danger" onPress={remove}>
      {t('delete')}
    </Button>
  )
}

function Tracks({ id }: { id: string }) {
  const t = useTranslations()
  const { data, error, refetch } = useQuery(tracksOfAlbum(id))
  if (error) return <Problem error={error} retry={refetch} />
  if (!data || data.length === 0) return null
  return (
    <Section title={t('album.tracks')}>
      <ul className={styles.tracks}>
        {data.map((track) => (
          <li key={track.id}>
            <span>{track.track_number ?? '–'}</span>
            <span className="cut">{track.title}</span>
            <span>{duration(track.duration_ms)}</span>
            <Link
              to="/studio/tracks/$id"
              params={{ id: track.id }}
              className="link"
              aria-label={t('studio.editThis', { title: track.title })}
            >
              {t('studio.edit')}
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  )
}
