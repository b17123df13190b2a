import { Download, Share2 } from 'lucide-react'
import { useEffect, useState } from 'react'
import { useTranslations } from 'use-intl'
import { save } from '../api/files'
import { fail } from '../app/toasts'
import { useFormats } from '../i18n/formats'
import { Button } from '../ui/button'
import { Choice } from '../ui/form'
import { Section } from '../ui/page'
import type { Year } from './year'
import styles from './year.module.css'
import { drawPoster, type Poster, SHAPES, type Shape } from './year-image'

function usePoster(review: Year): Poster {
  const t = useTranslations('year')
  const formats = useFormats()
  return {
    year: String(review.year),
    headline: t('headline'),
    numbers: [
      { value: formats.total(review.listenedMs), label: t('listened') },
      { value: formats.number(review.plays), label: t('playsLabel') },
      { value: formats.number(review.artists), label: t('artistsLabel') },
      { value: formats.number(review.newTracks), label: t('discoveries') },
    ],
    lists: [
      { title: t('topArtists'), lines: review.topArtists.map((one) => one.name) },
      { title: t('topTracks'), lines: review.topTracks.map((one) => one.title) },
    ],
  }
}

/** The picture as it will be, and the ways to take it along. */
export function YearShare({ review }: { review: Year }) {
  const t = useTranslations('year')
  const poster = usePoster(review)
  const [shape, setShape] = useState<Shape>('story')
  const picture = usePicture(poster, shape)
  const name = `jonquil-${review.year}-${shape}.png`
  const share = async () => {
    if (!picture) return
    try {
      await navigator.share({ files: [new File([picture.blob], name, { type: 'image/png' })] })
    } catch (error) {
      // Whoever closes the system's dialog has decided.
      if (!(error instanceof DOMException && error.name === 'AbortError')) fail(error)
    }
  }
  const [width, height] = SHAPES[shape]
  return (
    <Section title={t('share')} note={t('shareNote')}>
      <div className={styles.share}>
        {picture && (
          <img
            src={picture.url}
            width={width}
            height={height}
            alt={t('pictureOf', { year: String(review.year) })}
            className={styles[shape]}
          />
        )}
        <div className={styles.buttons}>
          <Choice
            label={t('shape')}
            value={shape}
            onChange={setShape}
            options={[
              { value: 'story', label: t('story') },
              { value: 'wide', label: t('wide') },
            ]}
          />
          <Button
            kind="primary"
            icon={<Download aria-hidden="true" />}
            isDisabled={!picture}
            onPress={() => picture && save(picture.blob, name)}
          >
            {t('save')}
          </Button>
          {'canShare' in navigator && (
            <Button icon={<Share2 aria-hidden="true" />} isDisabled={!picture} onPress={share}>
              {t('send')}
            </Button>
          )}
        </div>
      </div>
    </Section>
  )
}

function usePicture(poster: Poster, shape: Shape) {
  const [picture, setPicture] = useState<{ blob: Blob; url: string }>()
  const words = JSON.stringify(poster)
  useEffect(() => {
    let url: string | undefined
    let gone = false
    drawPoster(JSON.parse(words), shape)
      .then((blob) => {
        if (gone) return
        url = URL.createObjectURL(blob)
        setPicture({ blob, url })
      })
      .catch(fail)
    return () => {
      gone = true
      if (url) URL.revokeObjectURL(url)
    }
  }, [words, shape])
  return picture
}
