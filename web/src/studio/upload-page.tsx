import { Link } from '@tanstack/react-router'
import { CircleAlert, CircleCheck, CircleX, CloudUpload, FileAudio, RotateCw, X } from 'lucide-react'
import { DropZone, FileTrigger, Text } from 'react-aria-components'
import { useTranslations } from 'use-intl'
import type { User } from '../api/gen'
import { isArtist, useMe, useSignedIn } from '../api/me'
import { useFormats } from '../i18n/formats'
import { Button, IconButton } from '../ui/button'
import { NeedsAccount, NeedsRole } from '../ui/needs-account'
import { Page } from '../ui/page'
import { filesOf } from './dropped'
import { ProfileForm } from './profile-form'
import styles from './studio.module.css'
import { addFiles, again, clearDone, type Item, removeItem, useUploads } from './uploads'

/** Files and folders, dropped or chosen; each gets its own result. */
export default function UploadPage() {
  const t = useTranslations('upload')
  const signedIn = useSignedIn()
  const me = useMe()
  return (
    <Page title={t('title')}>
      {!signedIn ? (
        <NeedsAccount reason="library" />
      ) : (
        me && (isArtist(me) ? <Uploads me={me} /> : <NeedsRole wanted="artist" />)
      )}
    </Page>
  )
}

function Uploads({ me }: { me: User }) {
  const t = useTranslations('upload')
  const items = useUploads()
  const take = (list: FileList | null) => list && addFiles([...list])
  return (
    <>
      <DropZone
        className={styles.drop ?? ''}
        getDropOperation={() => 'copy'}
        onDrop={async (event) => addFiles(await filesOf(event.items))}
      >
        <CloudUpload aria-hidden="true" />
        <Text slot="label" elementType="h2">
          {t('drop')}
        </Text>
        <p>{t('formats')}</p>
        <div className={styles.buttons}>
          <FileTrigger allowsMultiple onSelect={take}>
            <Button kind="primary">{t('chooseFiles')}</Button>
          </FileTrigger>
          <FileTrigger acceptDirectory onSelect={take}>
            <Button>{t('chooseFolder')}</Button>
          </FileTrigger>
        </div>
      </DropZone>
      <ProfileForm userId={me.id} name={me.display_name} />
      {items.length > 0 && <List items={items} />}
    </>
  )
}

function List({ items }: { items: readonly Item[] }) {
  const t = useTranslations('upload')
  const done = items.filter((item) => item.status === 'done').length
  return (
    <section aria-label={t('list')}>
      <p role="status" className="hidden">
        {t('progress', { done, of: items.length })}
      </p>
      <ul className={styles.items}>
        {items.map((item) => (
          <Row key={item.id} item={item} />
        ))}
      </ul>
      {done > 0 && (
        <Button kind="quiet" onPress={clearDone}>
          {t('clearDone')}
        </Button>
      )}
    </section>
  )
}

function Row({ item }: { item: Item }) {
  const t = useTranslations('upload')
  const formats = useFormats()
  const icons = {
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
        <strong className="cut">{item.track?.title ?? item.file.name}</strong>
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
      {(item.status === 'sending' || item.status === 'reading') && (
        <span className={styles.rail}>
          <i style={{ inlineSize: `${item.sent * 100}%` }} />
        </span>
      )}
    </li>
  )
}

function Words({ item }: { item: Item }) {
  const t = useTranslations()
  const formats = useFormats()
  switch (item.status) {
    case 'waiting':
      return t('upload.waiting')
    case 'sending':
      return t('upload.sending', { share: formats.percent(item.sent) })
    case 'reading':
      return t('upload.reading')
    case 'done':
      return (
        <>
          {t('upload.done')}{' '}
          {item.track && (
            <Link to="/tracks/$id" params={{ id: item.track.id }} className="link">
              {t('upload.open')}
            </Link>
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
      return item.detail ?? t(`problem.${item.problem ?? 'unknown'}`)
  }
}
