import { useQuery } from '@tanstack/react-query'
import { useTranslations } from 'use-intl'
import { queries } from '../api/cache'
import { type Artist, changeArtist } from '../api/gen'
import { getArtistOfUserOptions } from '../api/gen/@tanstack/react-query.gen'
import { say } from '../app/toasts'
import { Button } from '../ui/button'
import { Area, Field } from '../ui/form'
import { Problem, Skeleton } from '../ui/states'
import { useSubmit } from '../ui/use-submit'
import { genresOf } from './fields'
import { Picture } from './picture'
import styles from './studio.module.css'
import { StudioFrame } from './studio-frame'

/** One's own artist profile. */
export default function EditArtistPage() {
  const t = useTranslations('studio')
  return <StudioFrame title={t('editArtist')}>{(me) => <Own userId={me.id} />}</StudioFrame>
}

function Own({ userId }: { userId: string }) {
  const { data, error, refetch } = useQuery(getArtistOfUserOptions({ path: { user_id: userId } }))
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="block" />
  return <Form key={data.id} artist={data} />
}

function Form({ artist }: { artist: Artist }) {
  const t = useTranslations('studio')
  const path = { artist_id: artist.id }
  const { busy, wrong, submit } = useSubmit(async (text) => {
    const body = {
      name: text('name'),
      bio: text('bio') || null,
      country: text('country') || null,
      genres: genresOf(text('genres')),
    }
    await changeArtist({ path, body, throwOnError: true })
    await queries.invalidateQueries()
    say(t('saved'))
  })
  const picture = async (cover_key: string) => {
    await changeArtist({ path, body: { cover_key }, throwOnError: true })
    await queries.invalidateQueries()
  }
  return (
    <div className={styles.edit}>
      <Picture id={artist.id} url={artist.image_url} round set={picture} />
      <form onSubmit={submit} className={styles.form}>
        <Field name="name" label={t('name')} defaultValue={artist.name} error={wrong.name} isRequired />
        <Area name="bio" label={t('bio')} defaultValue={artist.bio ?? ''} error={wrong.bio} maxLength={10_000} />
        <Field
          name="country"
          label={t('country')}
          hint={t('countryHint')}
          defaultValue={artist.country ?? ''}
          maxLength={2}
          error={wrong.country}
        />
        <Field
          name="genres"
          label={t('genres')}
          hint={t('genresHint')}
          defaultValue={artist.genres.join(', ')}
          error={wrong.genres}
        />
        <Button kind="primary" type="submit" isPending={busy}>
          {t('save')}
        </Button>
      </form>
    </div>
  )
}
