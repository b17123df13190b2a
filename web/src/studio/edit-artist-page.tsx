import { useTranslations } from 'use-intl'
import { queries } from '../api/cache'
import { type Artist, changeArtist, getArtist } from '../api/gen'
import { ifMatch } from '../api/if-match'
import { say } from '../app/toasts'
import { Button } from '../ui/button'
import { EditForm } from '../ui/edit-form'
import type { Kept, Values } from '../ui/edits'
import { Area, Field } from '../ui/form'
import { genresOf } from './fields'
import { OwnArtist } from './own-artist'
import { Picture } from './picture'
import styles from './studio.module.css'
import { StudioFrame } from './studio-frame'

/** One's own artist profile. */
export default function EditArtistPage() {
  const t = useTranslations('studio')
  return (
    <StudioFrame title={t('editArtist')}>
      {(me) => <OwnArtist userId={me.id}>{(artist) => <Form key={artist.id} artist={artist} />}</OwnArtist>}
    </StudioFrame>
  )
}

const keptOf = (artist: Artist): Kept => ({
  version: artist.version,
  values: {
    name: artist.name,
    bio: artist.bio ?? '',
    country: artist.country ?? '',
    genres: artist.genres.join(', '),
  },
})

function Form({ artist }: { artist: Artist }) {
  const t = useTranslations('studio')
  const path = { artist_id: artist.id }
  const save = async ({ name = '', bio, country, genres = '' }: Values, version: number) => {
    const body = { name, bio: bio || null, country: country || null, genres: genresOf(genres) }
    const { data } = await changeArtist({ path, body, headers: ifMatch(version), throwOnError: true })
    await queries.invalidateQueries()
    say(t('saved'))
    return keptOf(data)
  }
  const setPicture = async (cover_key: string) => {
    await changeArtist({ path, body: { cover_key }, throwOnError: true })
    await queries.invalidateQueries()
  }
  return (
    <div className={styles.edit}>
      <Picture id={artist.id} url={artist.image_url} round set={setPicture} />
      <EditForm
        form={`artist/${artist.id}`}
        kept={keptOf(artist)}
        labels={{ name: t('name'), bio: t('bio'), country: t('country'), genres: t('genres') }}
        load={async () => keptOf((await getArtist({ path, throwOnError: true })).data)}
        save={save}
        className={styles.form}
        buttons={(busy) => (
          <Button kind="primary" type="submit" isPending={busy}>
            {t('save')}
          </Button>
        )}
      >
        {(field) => (
          <>
            <Field {...field('name')} isRequired />
            <Area {...field('bio')} maxLength={10_000} />
            <Field {...field('country')} hint={t('countryHint')} maxLength={2} />
            <Field {...field('genres')} hint={t('genresHint')} />
          </>
        )}
      </EditForm>
    </div>
  )
}
