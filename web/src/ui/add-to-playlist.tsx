import { useQuery } from '@tanstack/react-query'
import { ListMusic, Plus } from 'lucide-react'
import { useTranslations } from 'use-intl'
import type { Track } from '../api/gen'
import { fail, say } from '../app/toasts'
import { Dialog } from './dialog'
import styles from './menu-popup.module.css'
import { addTo, makePlaylist, ownPlaylists } from './playlists'

/** Which playlist a track is added to, or a new one. */
export function AddToPlaylist({ track, close }: { track: Track; close: () => void }) {
  const t = useTranslations('playlist')
  const { data } = useQuery(ownPlaylists())
  const add = async (title: string, work: () => Promise<unknown>) => {
    close()
    try {
      await work()
      say(t('added', { title: track.title, playlist: title }))
    } catch (error) {
      fail(error)
    }
  }
  return (
    <Dialog title={t('addTitle')} close={close}>
      <ul>
        <li>
          <button
            type="button"
            className={styles.choice}
            onClick={() => add(track.title, () => makePlaylist(track.title, [track.id]))}
          >
            <Plus aria-hidden="true" />
            <span className="cut">{t('newOf', { title: track.title })}</span>
          </button>
        </li>
        {data?.items.map((playlist) => (
          <li key={playlist.id}>
            <button
              type="button"
              className={styles.choice}
              onClick={() => add(playlist.title, () => addTo(playlist.id, [track.id]))}
            >
              <ListMusic aria-hidden="true" />
              <span className="cut">{playlist.title}</span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}
