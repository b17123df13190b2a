import { Volume1, Volume2, VolumeX } from 'lucide-react'
import { Label, Slider, SliderThumb, SliderTrack } from 'react-aria-components'
import { useTranslations } from 'use-intl'
import { IconButton } from '../ui/button'
import { player, useVolume } from './player'
import styles from './volume-control.module.css'

export function VolumeControl() {
  const t = useTranslations('player')
  const volume = useVolume()
  const silent = volume.muted || volume.level === 0
  const Icon = silent ? VolumeX : volume.level < 0.5 ? Volume1 : Volume2
  return (
    <div className={styles.volume}>
      <IconButton
        label={silent ? t('unmute') : t('mute')}
        pressed={silent}
        onPress={() => player.setVolume({ ...volume, muted: !volume.muted })}
      >
        <Icon aria-hidden="true" />
      </IconButton>
      <Slider
        className={styles.slider ?? ''}
        minValue={0}
        maxValue={1}
        step={0.01}
        value={volume.muted ? 0 : volume.level}
        formatOptions={{ style: 'percent' }}
        onChange={(level) => player.setVolume({ level: Number(level), muted: false })}
      >
        <Label className="hidden">{t('volume')}</Label>
        <SliderTrack className={styles.track ?? ''}>
          {({ state }) => (
            <>
              <span className={styles.rail}>
                <span style={{ inlineSize: `${state.getThumbPercent(0) * 100}%` }} />
              </span>
              <SliderThumb className={styles.thumb ?? ''} />
            </>
          )}
        </SliderTrack>
      </Slider>
    </div>
  )
}
