import { useQuery } from '@tanstack/react-query'
import { getRouteApi, useNavigate } from '@tanstack/react-router'
import { useTranslations } from 'use-intl'
import { queries } from '../api/cache'
import { changeTrack, deleteTrack, type Track } from '../api/gen'
import { getTrackOptions } from '../api/gen/@tanstack/react-query.gen'
import { isStatus } from '../api/problem'
import { Gone } from '../app/not-found'
import { fail, say } from '../app/toasts'
import { Button } from '../ui/button'
import { Field } from '../ui/form'
import { Problem, Skeleton } from '../ui/states'
import { useSubmit } from '../ui/use-submit'
import { genresOf, numberOf } from './fields'
import styles from './studio.module.css'
import { StudioFrame } from './studio-frame'

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
          <Form key={id} track={data} />
        ) : (
          <Skeleton kind="block" />
        )
      }
    </StudioFrame>
  )
}

function Form({ track }: { track: Track }) {
  const t = useTranslations('studio')
  const { busy, wrong, submit } = useSubmit(async (text, form) => {
    const explicit = form.querySelector<HTMLInputElement>('[name=explicit]')?.checked ?? false
    const body = {
      title: text('title'),
      track_number: numberOf(text('track_number')),
      disc_number: numberOf(text('disc_number')),
      genres: genresOf(text('genres')),
      explicit,
    }
    await changeTrack({ path: { track_id: track.id }, body, throwOnError: true })
    await queries.invalidateQueries()
    say(t('saved'))
  })
  return (
    <form onSubmit={submit} className={styles.form}>
      <Field
        name="title"
        label={t('titleField')}
        defaultValue={track.title}
        maxLength={300}
        error={wrong.title}
        isRequired
      />
      <div className={styles.numbers}>
        <Field
          name="track_number"
          inputMode="numeric"
          label={t('trackNumber')}
          defaultValue={String(track.track_number ?? '')}
          error={wrong.track_number}
        />
        <Field
          name="disc_number"
          inputMode="numeric"
          label={t('discNumber')}
          defaultValue={String(track.disc_number ?? '')}
          error={wrong.disc_number}
        />
      </div>
      <Field
        name="genres"
        label={t('genres')}
        hint={t('genresHint')}
        defaultValue={track.genres.join(', ')}
        error={wrong.genres}
      />
      <label className={styles.check}>
        <input type="checkbox" name="explicit" defaultChecked={track.explicit} />
        {t('explicit')}
      </label>
      <div className={styles.formButtons}>
        <Button kind="primary" type="submit" isPending={busy}>
          {t('save')}
        </Button>
        <Delete track={track} />
      </div>
    </form>
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
    <Button kind="danger" onPress={remove}>
      {t('delete')}
    </Button>
  )
}
