import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { save } from '../api/files'
import { exportPerson, getExport } from '../api/gen'
import { getJobOptions } from '../api/gen/@tanstack/react-query.gen'
import { fail } from '../app/toasts'
import { Button } from '../ui/button'
import { Section } from '../ui/page'

/** A job makes the archive; it is fetched when it is done. */
export function Export({ userId }: { userId: string }) {
  const t = useTranslations('settings')
  const [jobId, setJobId] = useState<string>()
  const { data: job } = useQuery({
    ...getJobOptions({ path: { job_id: jobId ?? '' } }),
    enabled: jobId !== undefined,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.finished_at ? false : 1000),
  })
  const begin = async () => {
    try {
      const { data } = await exportPerson({ path: { user_id: userId }, throwOnError: true })
      setJobId(data.id)
    } catch (error) {
      fail(error)
    }
  }
  const fetchIt = async () => {
    if (!jobId) return
    try {
      const path = { user_id: userId, job_id: jobId }
      const { data } = await getExport({ path, parseAs: 'blob', throwOnError: true })
      save(data as Blob, 'jonquil.zip')
    } catch (error) {
      fail(error)
    }
  }
  const works = jobId !== undefined && !job?.finished_at
  return (
    <Section title={t('exportTitle')} note={t('exportNote')}>
      <div role="status">{job?.status === 'failed' ? t('exportFailed') : works ? t('exportWorks') : null}</div>
      {job?.status === 'done' ? (
        <Button onPress={fetchIt}>{t('exportFetch')}</Button>
      ) : (
        <Button writes isPending={works} onPress={begin}>
          {t('exportBegin')}
        </Button>
      )}
    </Section>
  )
}
