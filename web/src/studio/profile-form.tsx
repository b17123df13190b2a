import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslations } from 'use-intl'
import {
  createArtistMutation,
  getArtistOfUserOptions,
  getArtistOfUserQueryKey,
} from '../api/gen/@tanstack/react-query.gen'
import { isStatus } from '../api/problem'
import { fail } from '../app/toasts'
import { useProblemWords } from '../i18n/problem-words'
import { Button } from '../ui/button'
import { Field } from '../ui/form'
import styles from './studio.module.css'
import { againAll } from './uploads'

/** For an artist's account without a profile: uploads without an artist tag need one. */
export function ProfileForm({ userId, name }: { userId: string; name: string }) {
  const t = useTranslations('upload')
  const client = useQueryClient()
  const words = useProblemWords()
  const path = { user_id: userId }
  const profile = useQuery({ ...getArtistOfUserOptions({ path }), retry: false })
  const create = useMutation({
    ...createArtistMutation(),
    onSuccess: (artist) => {
      client.setQueryData(getArtistOfUserQueryKey({ path }), artist)
      againAll()
    },
    onError: (error) => {
      if (!isStatus(error, 422)) fail(error)
    },
  })
  if (!isStatus(profile.error, 404)) return null
  return (
    <form
      className={styles.profile}
      onSubmit={(event) => {
        event.preventDefault()
        const wanted = String(new FormData(event.currentTarget).get('name') ?? '').trim()
        create.mutate({ body: { name: wanted, user_id: userId } })
      }}
    >
      <h2>{t('profile')}</h2>
      <p>{t('profileHint')}</p>
      <div>
        <Field
          name="name"
          label={t('profileName')}
          defaultValue={name}
          isRequired
          error={words.fields(create.error).name}
        />
        <Button type="submit" isPending={create.isPending}>
          {t('profileCreate')}
        </Button>
      </div>
    </form>
  )
}
