import { useQuery } from '@tanstack/react-query'
import { ListMusic, Plus } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { fail, say } from '../app/toasts'
import { Dialog } from './dialog'
import styles from './menu-popup.module.css'
import { addTo, makePlaylist, ownPlaylists } from './playlists'

interface Props {
  /** What is added: a track, or all of a work. */
  title: string
  trackIds: () => string[] | Promise<string[]>
  close: () => void
}

/** Which playlist it is added to, or a new one of its name. */
export function AddToPlaylist({ title: name, trackIds, close }: Props) {
  const t = useTranslations('playlist')
  const { data } = useQuery(ownPlaylists())
  const add = async (title: string, work: (trackIds: string[]) => Promise<unknown>) => {
    close()
    try {
      await work(await trackIds())
      say(t('added', { title: name, playlist: title }))
    } catch (error) {
      fail(error)
    }
  }
  return (
    <Dialog title={t('addTitle')} close={close}>
      <ul>
        <li>
          <button type="button" className={styles.choice} onClick={() => add(name, (ids) => makePlaylist(name, ids))}>
            <Plus aria-hidden="true" />
            <span className="cut">{t('newOf', { title: name })}</span>
          </button>
        </li>
        {data?.items.map((playlist) => (
          <li key={playlist.id}>
            <button
              type="button"
              className={styles.choice}
              onClick={() => add(playlist.title, (ids) => addTo(playlist.id, ids))}
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
