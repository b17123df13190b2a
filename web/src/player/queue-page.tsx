import { useTranslations } from 'use-intl'
import { Page } from '../ui/page'
import QueuePanel from './queue-panel'

export default function QueuePage() {
  const t = useTranslations('queue')
  return (
    <Page title={t('title')} hideHeading>
      <QueuePanel />
    </Page>
  )
}
