import { ImageUp } from 'lucide-react'
import { useState } from 'react'
import { FileTrigger } from 'react-aria-components'
import { useTranslations } from 'use-intl'
import { uploadCoverObject } from '../api/gen'
import { isStatus } from '../api/problem'
import { fail, say } from '../app/toasts'
import { Button } from '../ui/button'
import { Cover } from '../ui/cover'
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
  const take = async (files: FileList | null) => {
    const file = files?.[0]
    if (!file) return
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
      <FileTrigger acceptedFileTypes={['image/jpeg', 'image/png', 'image/webp']} onSelect={take}>
        <Button icon={<ImageUp aria-hidden="true" />} isPending={busy}>
          {t('changePicture')}
        </Button>
      </FileTrigger>
    </div>
  )
}
