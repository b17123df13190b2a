import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { queries } from '../api/cache'
import { type Album, type AlbumType, changeAlbum, deleteAlbum } from '../api/gen'
import { getAlbumOptions } from '../api/gen/@tanstack/react-query.gen'
import { isStatus } from '../api/problem'
import { tracksOfAlbum } from '../api/reads'
import { Gone } from '../app/not-found'
import { fail, say } from '../app/toasts'
import { duration } from '../i18n/formats'
import { Button } from '../ui/button'
import { Choice, Field } from '../ui/form'
import { Section } from '../ui/page'
import { Problem, Skeleton } from '../ui/states'
import { useSubmit } from '../ui/use-submit'
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

function Form({ album }: { album: Album }) {
  const t = useTranslations()
  const [type, setType] = useState<AlbumType>(album.album_type)
  const path = { album_id: album.id }
  const change = async (body: Parameters<typeof changeAlbum>[0]['body']) => {
    await changeAlbum({ path, body, throwOnError: true })
    await queries.invalidateQueries()
  }
  const { busy, wrong, submit } = useSubmit(async (text) => {
    const release_date = text('release_date') || null
    await change({ title: text('title'), album_type: type, release_date, genres: genresOf(text('genres')) })
    say(t('studio.saved'))
  })
  return (
    <div className={styles.edit}>
      <Picture id={album.id} url={album.cover_url} set={(cover_key) => change({ cover_key })} />
      <form onSubmit={submit} className={styles.form}>
        <Field
          name="title"
          label={t('studio.titleField')}
          defaultValue={album.title}
          maxLength={300}
          error={wrong.title}
          isRequired
        />
        <Choice
          label={t('studio.albumType')}
          value={type}
          onChange={setType}
          options={TYPES.map((value) => ({ value, label: t(`album.type.${value}`) }))}
        />
        <Field
          name="release_date"
          type="date"
          label={t('studio.released')}
          defaultValue={album.release_date ?? ''}
          error={wrong.release_date}
        />
        <Field
          name="genres"
          label={t('studio.genres')}
          hint={t('studio.genresHint')}
          defaultValue={album.genres.join(', ')}
          error={wrong.genres}
        />
        <div className={styles.formButtons}>
          <Button kind="primary" type="submit" isPending={busy}>
            {t('studio.save')}
          </Button>
          <Delete album={album} />
        </div>
      </form>
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
    <Button kind="danger" onPress={remove}>
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
