import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import { queries } from '../api/cache'
import { changeTrack, deleteTrack, getTrack, type Track } from '../api/gen'
import { getTrackOptions } from '../api/gen/@tanstack/react-query.gen'
import { ifMatch } from '../api/if-match'
import { isStatus } from '../api/problem'
import { Gone } from '../app/not-found'
import { fail, say } from '../app/toasts'
import { Button } from '../ui/button'
import { EditForm } from '../ui/edit-form'
import type { Kept, Values } from '../ui/edits'
import { Field } from '../ui/form'
import { Problem, Skeleton } from '../ui/states'
import { genresOf, numberOf } from './fields'
import styles from './studio.module.css'
import { StudioFrame } from './studio-frame'
import { WhoStays } from './who-stays'

const route = getRouteApi('/studio/tracks/$id')

/** What the tags said of a track, put right. */
export default function EditTrackPage() {
  const t = useTranslations('studio')
  const { id } = route.useParams()
  const { data, error, refetch } = useQuery(getTrackOptions({ path: { track_id: id } }))
  if (isStatus(error, 404)) return <Gone what="track" />
  return (
    <StudioFrame title={t('editTrack')}>
      {() =>
        error ? (
          <Problem error={error} retry={refetch} />
        ) : data ? (
          <>
            <Form key={id} track={data} />
            <WhoStays track={data} />
          </>
        ) : (
          <Skeleton kind="block" />
        )
      }
    </StudioFrame>
  )
}

const keptOf = (track: Track): Kept => ({
  version: track.version,
  values: {
    title: track.title,
    track_number: String(track.track_number ?? ''),
    disc_number: String(track.disc_number ?? ''),
    genres: track.genres.join(', '),
    explicit: track.explicit ? 'on' : '',
  },
})

function Form({ track }: { track: Track }) {
  const t = useTranslations('studio')
  const path = { track_id: track.id }
  const save = async (values: Values, version: number) => {
    const body = {
      title: values.title ?? '',
      track_number: numberOf(values.track_number ?? ''),
      disc_number: numberOf(values.disc_number ?? ''),
      genres: genresOf(values.genres ?? ''),
      explicit: values.explicit === 'on',
    }
    const { data } = await changeTrack({ path, body, headers: ifMatch(version), throwOnError: true })
    await queries.invalidateQueries()
    say(t('saved'))
    return keptOf(data)
  }
  return (
    <EditForm
      form={`track/${track.id}`}
      kept={keptOf(track)}
      labels={{
        title: t('titleField'),
        track_number: t('trackNumber'),
        disc_number: t('discNumber'),
        genres: t('genres'),
        explicit: t('explicit'),
      }}
      load={async () => keptOf((await getTrack({ path, throwOnError: true })).data)}
      save={save}
      words={(name, value) => (name === 'explicit' ? t('explicit') : value)}
      className={styles.form}
      buttons={(busy) => (
        <div className={styles.formButtons}>
          <Button kind="primary" type="submit" isPending={busy}>
            {t('save')}
          </Button>
          <Delete track={track} />
        </div>
      )}
    >
      {(field) => (
        <>
          <Field {...field('title')} maxLength={300} isRequired />
          <div className={styles.numbers}>
            <Field {...field('track_number')} inputMode="numeric" />
            <Field {...field('disc_number')} inputMode="numeric" />
          </div>
          <Field {...field('genres')} hint={t('genresHint')} />
          <label className={styles.check}>
            <input type="checkbox" name="explicit" defaultChecked={field('explicit').defaultValue === 'on'} />
            {t('explicit')}
          </label>
        </>
      )}
    </EditForm>
  )
}

function Delete({ track }: { track: Track }) {
  const t = useTranslations('studio')
  const navigate = useNavigate()
  const remove = async () => {
    if (!confirm(t('reallyDeleteTrack', { title: track.title }))) return
    try {
      await deleteTrack({ path: { track_id: track.id }, throwOnError: true })
      await navigate({ to: '/studio' })
      await queries.invalidateQueries()
      say(t('deleted', { title: track.title }))
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
