import { Link } from '@tanstack/react-router'
import { CircleAlert, CircleCheck, CircleX, CloudUpload, FileAudio, RotateCw, X } from 'lucide-react'
import { useTranslations } from 'use-intl'
import type { RejectedFile } from '../api/gen'
import { useOnline } from '../app/online'
import { useFormats } from '../i18n/formats'
import { useProblemWords } from '../i18n/problem-words'
import { IconButton } from '../ui/button'
import { HeldForm } from './held-form'
import styles from './studio.module.css'
import { again, type Item, removeItem, trackIn } from './uploads'

/** One file: how far it is, and what became of it. */
export function Row({ item }: { item: Item }) {
  const t = useTranslations('upload')
  const formats = useFormats()
  const icons = {
    held: <FileAudio aria-hidden="true" />,
    waiting: <FileAudio aria-hidden="true" />,
    sending: <CloudUpload aria-hidden="true" />,
    reading: <CloudUpload aria-hidden="true" />,
    done: <CircleCheck aria-hidden="true" className={styles.done} />,
    known: <CircleAlert aria-hidden="true" className={styles.known} />,
    failed: <CircleX aria-hidden="true" className={styles.failed} />,
  }
  return (
    <li className={styles.item}>
      {icons[item.status]}
      <span>
        <strong className="cut">{item.track?.title ?? item.album?.title ?? item.file.name}</strong>
        <small>
          <Words item={item} /> · {formats.bytes(item.file.size)}
        </small>
      </span>
      <span>
        {item.status === 'failed' && item.detail !== 'notAudio' && (
          <IconButton size="small" label={t('again', { name: item.file.name })} onPress={() => again(item.id)}>
            <RotateCw aria-hidden="true" />
          </IconButton>
        )}
        <IconButton size="small" label={t('remove', { name: item.file.name })} onPress={() => removeItem(item.id)}>
          <X aria-hidden="true" />
        </IconButton>
      </span>
      {item.status === 'held' && <HeldForm item={item} />}
      {item.rejected && item.rejected.length > 0 && <Rejected files={item.rejected} />}
      {(item.status === 'sending' || item.status === 'reading') && (
        <span className={styles.rail}>
          <i style={{ inlineSize: `${item.sent * 100}%` }} />
        </span>
      )}
    </li>
  )
}

function Rejected({ files }: { files: RejectedFile[] }) {
  const t = useTranslations('upload')
  const words = useProblemWords()
  return (
    <ul className={styles.rejected} aria-label={t('rejected')}>
      {files.map((file) => {
        const known = file.type === '/problems/audio-exists' ? trackIn(file.reason) : undefined
        return (
          <li key={file.file}>
            {file.file}: {words.file(file)}
            {known && (
              <>
                {' '}
                <Link to="/tracks/$id" params={{ id: known }} className="link">
                  {t('open')}
                </Link>
              </>
            )}
          </li>
        )
      })}
    </ul>
  )
}

function Words({ item }: { item: Item }) {
  const t = useTranslations()
  const words = useProblemWords()
  const formats = useFormats()
  const online = useOnline()
  switch (item.status) {
    case 'held':
      return t('upload.held')
    case 'waiting':
      return online ? t('upload.waiting') : t('upload.waitingOffline')
    case 'sending':
      return t('upload.sending', { share: formats.percent(item.sent) })
    case 'reading':
      return t('upload.reading')
    case 'done':
      return (
        <>
          {t('upload.done')}{' '}
          {item.track && (
            <>
              <Link to="/tracks/$id" params={{ id: item.track.id }} className="link">
                {t('upload.open')}
              </Link>
              {' · '}
              <Link to="/studio/tracks/$id" params={{ id: item.track.id }} className="link">
                {t('upload.edit')}
              </Link>
            </>
          )}
          {item.album && (
            <>
              <Link to="/albums/$id" params={{ id: item.album.id }} className="link">
                {t('upload.open')}
              </Link>
              {' · '}
              <Link to="/studio/albums/$id" params={{ id: item.album.id }} className="link">
                {t('upload.edit')}
              </Link>
            </>
          )}
        </>
      )
    case 'known':
      return (
        <>
          {t('upload.known')}{' '}
          <Link to="/tracks/$id" params={{ id: item.knownId ?? '' }} className="link">
            {t('upload.open')}
          </Link>
        </>
      )
    case 'failed':
      if (item.detail === 'notAudio') return t('upload.notAudio')
      if (item.detail === 'noArtist') return t('upload.noArtist')
      return item.rejected?.length ? t('upload.nothingTaken') : words.line(item.error)
  }
}
