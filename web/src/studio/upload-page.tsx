import { CloudUpload, Pause, Play } from 'lucide-react'
import { useState } from 'react'
import { DropZone, FileTrigger, Text } from 'react-aria-components'
import { useTranslations } from 'use-intl'
import type { User } from '../api/gen'
import { isArtist, useMe, useSignedIn } from '../api/me'
import { useFormats } from '../i18n/formats'
import { Button } from '../ui/button'
import { NeedsAccount, NeedsRole } from '../ui/needs-account'
import { Page } from '../ui/page'
import { filesOf } from './dropped'
import { sendAllHeld } from './held-form'
import { ProfileForm } from './profile-form'
import { progressOf } from './progress'
import styles from './studio.module.css'
import { Row } from './upload-row'
import { addFiles, clearDone, continueUploads, type Item, pauseUploads, useUploads, useUploadsPaused } from './uploads'

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
  const [holds, setHolds] = useState(false)
  const take = (list: FileList | null) => list && addFiles([...list], holds)
  return (
    <>
      <DropZone
        className={styles.drop ?? ''}
        getDropOperation={() => 'copy'}
        onDrop={async (event) => addFiles(await filesOf(event.items), holds)}
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
      <label className={styles.check}>
        <input type="checkbox" checked={holds} onChange={(event) => setHolds(event.target.checked)} />
        {t('hold')}
      </label>
      <ProfileForm userId={me.id} name={me.display_name} />
      {items.length > 0 && <List items={items} />}
    </>
  )
}

/** How far all of them are together, and the way to hold them for a while. */
function Overall({ items }: { items: readonly Item[] }) {
  const t = useTranslations('upload')
  const formats = useFormats()
  const paused = useUploadsPaused()
  const { files, done, bytes, sent, isGoing } = progressOf(items)
  if (files === 0) return null
  return (
    <div className={styles.overall}>
      <p role="status">{t('progress', { done, of: files })}</p>
      <span>{t('sentOf', { sent: formats.bytes(sent), of: formats.bytes(bytes) })}</span>
      {(isGoing || paused) && (
        <Button
          kind="quiet"
          icon={paused ? <Play aria-hidden="true" /> : <Pause aria-hidden="true" />}
          onPress={paused ? continueUploads : pauseUploads}
        >
          {paused ? t('continueAll') : t('pauseAll')}
        </Button>
      )}
      <span className={styles.rail}>
        <i style={{ inlineSize: `${bytes === 0 ? 0 : (sent / bytes) * 100}%` }} />
      </span>
    </div>
  )
}

function List({ items }: { items: readonly Item[] }) {
  const t = useTranslations('upload')
  const done = items.filter((item) => item.status === 'done').length
  const held = items.filter((item) => item.status === 'held').length
  return (
    <section aria-label={t('list')}>
      <Overall items={items} />
      <ul className={styles.items}>
        {items.map((item) => (
          <Row key={item.id} item={item} />
        ))}
      </ul>
      <div className={styles.formButtons}>
        {held > 0 && (
          <Button kind="primary" onPress={sendAllHeld}>
            {t('sendAll', { count: held })}
          </Button>
        )}
        {done > 0 && (
          <Button kind="quiet" onPress={clearDone}>
            {t('clearDone')}
          </Button>
        )}
      </div>
    </section>
  )
}
