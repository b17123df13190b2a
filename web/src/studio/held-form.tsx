import { useTranslations } from 'use-intl'
import { Button } from '../ui/button'
import { Field } from '../ui/form'
import { detailsOf } from './fields'
import styles from './studio.module.css'
import { type Item, isArchive, sendHeld } from './uploads'

/** What is typed before a file goes; an empty field is filled from the tags. */
export function HeldForm({ item }: { item: Item }) {
  const t = useTranslations()
  const archive = isArchive(item)
  return (
    <form
      data-held={item.id}
      className={styles.held}
      onSubmit={(event) => {
        event.preventDefault()
        sendHeld(item.id, detailsOf(new FormData(event.currentTarget)))
      }}
    >
      <Field name="title" label={archive ? t('upload.albumTitle') : t('studio.titleField')} maxLength={300} />
      {!archive && (
        <>
          <div className={styles.numbers}>
            <Field name="track_number" inputMode="numeric" label={t('studio.trackNumber')} pattern="[0-9]{1,4}" />
            <Field name="disc_number" inputMode="numeric" label={t('studio.discNumber')} pattern="[0-9]{1,3}" />
          </div>
          <Field name="genres" label={t('studio.genres')} hint={t('studio.genresHint')} />
          <label className={styles.check}>
            <input type="checkbox" name="explicit" />
            {t('studio.explicit')}
          </label>
        </>
      )}
      <Button type="submit" writes={false}>
        {t('upload.send')}
      </Button>
    </form>
  )
}

/** As if each form's button were pressed; one that is not valid says so and stays. */
export function sendAllHeld() {
  for (const form of document.querySelectorAll<HTMLFormElement>('form[data-held]')) form.requestSubmit()
}
