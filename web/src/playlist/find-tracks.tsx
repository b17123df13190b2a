import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import type { Track } from '../api/gen'
import { searchTracksOptions } from '../api/gen/@tanstack/react-query.gen'
import { fail, say } from '../app/toasts'
import { IconButton } from '../ui/button'
import { Cover } from '../ui/cover'
import { Field } from '../ui/form'
import { Section } from '../ui/page'
import { addTo } from '../ui/playlists'
import { useSettled } from '../ui/use-settled'
import styles from './playlist.module.css'

/** Tracks are found and added without leaving the playlist. */
export function FindTracks({ playlistId }: { playlistId: string }) {
  const t = useTranslations('playlist')
  const [words, setWords] = useState('')
  const q = useSettled(words.trim(), 150)
  const { data } = useQuery({
    ...searchTracksOptions({ query: { q, limit: 8 } }),
    enabled: q !== '',
    placeholderData: keepPreviousData,
  })
  const tracks: Track[] = q === '' ? [] : (data?.items ?? [])
  const add = async (track: Track) => {
    try {
      await addTo(playlistId, [track.id])
      say(t('addedHere', { title: track.title }))
    } catch (error) {
      fail(error)
    }
  }
  return (
    <Section title={t('addTracks')}>
      <div className={styles.find}>
        <Field
          type="search"
          label={t('findTracks')}
          value={words}
          onChange={setWords}
          maxLength={200}
          autoComplete="off"
        />
      </div>
      <ul className={styles.found} aria-label={t('foundTracks')}>
        {tracks.map((track) => (
          <li key={track.id} className={styles.row}>
            <span className={styles.cover}>
              <Cover id={track.album?.id ?? track.id} url={track.cover_url} size={64} />
            </span>
            <span className={styles.names}>
              <span className="cut">{track.title}</span>
              <span className={`cut ${styles.artist}`}>{track.artist_line}</span>
            </span>
            <IconButton
              writes
              size="small"
              label={t('addThis', { title: track.title })}
              onPress={() => void add(track)}
            >
              <Plus aria-hidden="true" />
            </IconButton>
          </li>
        ))}
      </ul>
    </Section>
  )
}
