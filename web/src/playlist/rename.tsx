import { Pencil } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { changePlaylist, getPlaylist, type OpenPlaylist, type Playlist } from '../api/gen'
import { ifMatch } from '../api/if-match'
import { Button, IconButton } from '../ui/button'
import { Dialog } from '../ui/dialog'
import { EditForm } from '../ui/edit-form'
import type { Kept, Values } from '../ui/edits'
import { Field } from '../ui/form'
import styles from './playlist.module.css'

const keptOf = ({ version, title, description }: Playlist | OpenPlaylist): Kept => ({
  version,
  values: { title, description: description ?? '' },
})

export function Rename({ playlist, changed }: { playlist: OpenPlaylist; changed: () => Promise<unknown> }) {
  const t = useTranslations('playlist')
  const [open, setOpen] = useState(false)
  const path = { playlist_id: playlist.id }
  const load = async () => keptOf((await getPlaylist({ path, throwOnError: true })).data)
  const save = async ({ title = '', description }: Values, version: number) => {
    const body = { title, description: description || null }
    const { data } = await changePlaylist({ path, body, headers: ifMatch(version), throwOnError: true })
    setOpen(false)
    await changed()
    return keptOf(data)
  }
  return (
    <>
      <IconButton label={t('edit')} onPress={() => setOpen(true)}>
        <Pencil aria-hidden="true" />
      </IconButton>
      {open && (
        <Dialog title={t('edit')} close={() => setOpen(false)}>
          <EditForm
            form={`playlist/${playlist.id}`}
            kept={keptOf(playlist)}
            labels={{ title: t('title'), description: t('description') }}
            load={load}
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
                <Field {...field('title')} isRequired />
                <Field {...field('description')} />
              </>
            )}
          </EditForm>
        </Dialog>
      )}
    </>
  )
}
