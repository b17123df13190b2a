import { Link } from '@tanstack/react-router'
import { ListMusic } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { Cover } from '../ui/cover'
import { Page } from '../ui/page'
import { Empty } from '../ui/states'
import { Buttons, Course } from './bar'
import styles from './now-page.module.css'
import { usePlayer } from './player'
import { current } from './queue'

/** The whole player: what a phone shows when the small one is tapped. */
export default function NowPage() {
  const t = useTranslations('player')
  const entry = usePlayer((state) => current(state.queue))
  const source = usePlayer((state) => state.queue.source)
  if (!entry) {
    return (
      <Page title={t('now')} hideHeading>
        <Empty title={t('idle')}>{t('idleHint')}</Empty>
      </Page>
    )
  }
  const { song } = entry
  return (
    <div className={styles.now}>
      <div className={styles.cover}>
        <Cover id={song.albumId ?? song.id} url={song.coverUrl} size={1000} eager />
      </div>
      <div className={styles.side}>
        {source?.title && <p className={styles.source}>{t('from', { title: source.title })}</p>}
        <Page
          title={song.title}
          heading={
            <Link to="/tracks/$id" params={{ id: song.id }} className="underlined">
              {song.title}
            </Link>
          }
        >
          <p className={styles.artist}>
            <Link to="/artists/$id" params={{ id: song.artistId }} className="underlined">
              {song.artistLine}
            </Link>
          </p>
        </Page>
        <div className={styles.course}>
          <Course bars={90} />
        </div>
        <Buttons large />
        <Link to="/queue" className={styles.queue}>
          <ListMusic aria-hidden="true" />
          {t('queue')}
        </Link>
      </div>
    </div>
  )
}
