import { ImageUp } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { uploadCoverObject } from '../api/gen'
import { isStatus } from '../api/problem'
import { fail, say } from '../app/toasts'
import { Cover } from '../ui/cover'
import { FileButton } from '../ui/file-button'
import styles from './studio.module.css'

/** The cover of an album or the picture of an artist, and another one in its place. */
export function Picture(props: {
  id: string
  url: string | null | undefined
  round?: boolean
  set: (coverKey: string) => Promise<unknown>
}) {
  const t = useTranslations('studio')
  const [busy, setBusy] = useState(false)
  const take = async (file: File) => {
    setBusy(true)
    try {
      const { data } = await uploadCoverObject({ body: { file }, throwOnError: true })
      await props.set(data.s3_key)
      say(t('pictureChanged'))
    } catch (error) {
      if (isStatus(error, 415, 422)) say(t('noPicture', { name: file.name }))
      else fail(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <div className={styles.picture}>
      <Cover id={props.id} url={props.url} round={props.round ?? false} size={300} eager />
      <FileButton
        accept={['image/jpeg', 'image/png', 'image/webp']}
        take={take}
        icon={<ImageUp aria-hidden="true" />}
        busy={busy}
      >
        {t('changePicture')}
      </FileButton>
    </div>
  )
}
