import { useTranslations } from 'use-intl'
import { Dialog } from '../ui/dialog'
import { setQueueOpen } from './queue-open'
import QueuePanel from './queue-panel'

export default function QueueSheet() {
  const t = useTranslations('queue')
  return (
    <Dialog title={t('title')} close={() => setQueueOpen(false)} sheet hideTitle>
      <QueuePanel closes />
    </Dialog>
  )
}
