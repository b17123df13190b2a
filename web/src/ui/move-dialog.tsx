import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { Button } from './button'
import { Dialog } from './dialog'
import { Field } from './form'
import styles from './form.module.css'

interface Props {
  title: string
  /** Where it stands now, from 1. */
  position: number
  count: number
  move: (position: number) => void
  close: () => void
}

/** To another place of a long list, without a drag (WCAG 2.5.7). */
export function MoveDialog({ title, position, count, move, close }: Props) {
  const t = useTranslations('moves')
  const [wrong, setWrong] = useState<string>()
  return (
    <Dialog title={t('positionTitle', { title })} close={close}>
      <form
        className={styles.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          const to = Number(new FormData(event.currentTarget).get('position') || Number.NaN)
          if (!Number.isInteger(to) || to < 1 || to > count) return setWrong(t('positionWrong', { count }))
          close()
          move(to)
        }}
      >
        <Field
          name="position"
          inputMode="numeric"
          label={t('position', { count })}
          defaultValue={String(position)}
          error={wrong}
          autoComplete="off"
          autoFocus
        />
        <Button kind="primary" type="submit" writes={false}>
          {t('move')}
        </Button>
      </form>
    </Dialog>
  )
}
