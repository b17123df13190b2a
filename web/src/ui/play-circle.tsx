import { Pause, Play } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { IconButton } from './button'

/** The one yellow button of a page. */
export function PlayCircle({
  title,
  active,
  disabled,
  onPress,
}: {
  title: string
  active?: boolean
  disabled?: boolean
  onPress: () => void
}) {
  const t = useTranslations()
  return (
    <IconButton
      accent
      size="large"
      label={active ? t('player.pause') : t('row.playThis', { title })}
      isDisabled={disabled ?? false}
      onPress={onPress}
    >
      {active ? <Pause aria-hidden="true" fill="currentColor" /> : <Play aria-hidden="true" fill="currentColor" />}
    </IconButton>
  )
}
