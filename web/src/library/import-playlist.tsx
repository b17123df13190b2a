import { Link } from '@tanstack/react-router'
import { FileInput } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { type ImportedPlaylist, importPlaylist } from '../api/gen'
import { isStatus } from '../api/problem'
import { fail, say } from '../app/toasts'
import { Dialog } from '../ui/dialog'
import { FileButton } from '../ui/file-button'
import { playlistsChanged } from '../ui/playlists'
import styles from './library.module.css'

/** A file of another player becomes a playlist; what was not found is named. */
export function ImportPlaylist() {
  const t = useTranslations('playlist')
  const [busy, setBusy] = useState(false)
  const [result, setResult] = useState<ImportedPlaylist>()
  const take = async (file: File) => {
    setBusy(true)
    try {
      const { data } = await importPlaylist({ body: { file }, throwOnError: true })
      setResult(data)
      void playlistsChanged()
    } catch (error) {
      if (isStatus(error, 415, 422)) say(t('importWrong', { name: file.name }))
      else fail(error)
    } finally {
      setBusy(false)
    }
  }
  return (
    <>
      <FileButton
        accept={['.m3u', '.m3u8', '.xspf', '.jspf', '.json']}
        take={take}
        icon={<FileInput aria-hidden="true" />}
        busy={busy}
      >
        {t('import')}
      </FileButton>
      {result && <Result result={result} close={() => setResult(undefined)} />}
    </>
  )
}

function Result({ result, close }: { result: ImportedPlaylist; close: () => void }) {
  const t = useTranslations('playlist')
  const { playlist, matched, missed } = result
  return (
    <Dialog title={t('imported', { title: playlist.title })} close={close}>
      <p>{t('matched', { count: matched.length, of: matched.length + missed.length })}</p>
      {missed.length > 0 && (
        <>
          <h3 className={styles.missedTitle}>{t('missed')}</h3>
          <ul className={styles.missed}>
            {missed.map((entry) => (
              <li key={entry.line}>
                {[entry.artist, entry.title].filter(Boolean).join(' – ') || t('line', { number: entry.line })}
              </li>
            ))}
          </ul>
        </>
      )}
      <Link to="/playlists/$id" params={{ id: playlist.id }} className="link" onClick={close}>
        {t('openIt')}
      </Link>
    </Dialog>
  )
}
