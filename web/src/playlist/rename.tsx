import { Pencil } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { changePlaylist, type OpenPlaylist } from '../api/gen'
import { isStatus } from '../api/problem'
import { fail } from '../app/toasts'
import { useProblemWords } from '../i18n/problem-words'
import { Button, IconButton } from '../ui/button'
import { Dialog } from '../ui/dialog'
import { Field } from '../ui/form'
import styles from './playlist.module.css'

export function Rename({ playlist, changed }: { playlist: OpenPlaylist; changed: () => Promise<unknown> }) {
  const t = useTranslations('playlist')
  const words = useProblemWords()
  const [open, setOpen] = useState(false)
  const [wrong, setWrong] = useState<Partial<Record<string, string>>>({})
  const save = async (form: HTMLFormElement) => {
    const data = new FormData(form)
    const body = {
      title: String(data.get('title')).trim(),
      description: String(data.get('description')).trim() || null,
    }
    try {
      await changePlaylist({ path: { playlist_id: playlist.id }, body, throwOnError: true })
      setOpen(false)
      await changed()
    } catch (error) {
      if (isStatus(error, 422)) setWrong(words.fields(error))
      else fail(error)
    }
  }
  return (
    <>
      <IconButton label={t('edit')} onPress={() => setOpen(true)}>
        <Pencil aria-hidden="true" />
      </IconButton>
      {open && (
        <Dialog title={t('edit')} close={() => setOpen(false)}>
          <form
            className={styles.form}
            onSubmit={(event) => {
              event.preventDefault()
              void save(event.currentTarget)
            }}
          >
            <Field name="title" label={t('title')} defaultValue={playlist.title} isRequired error={wrong.title} />
            <Field
              name="description"
              label={t('description')}
              defaultValue={playlist.description ?? ''}
              error={wrong.description}
            />
            <Button kind="primary" type="submit">
              {t('save')}
            </Button>
          </form>
        </Dialog>
      )}
    </>
  )
}
