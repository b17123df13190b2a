import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useTranslations } from 'use-intl'
import { cleanUpObjects } from '../api/gen'
import { getStorageStatsOptions, getStorageStatsQueryKey } from '../api/gen/@tanstack/react-query.gen'
import { fail, say } from '../app/toasts'
import { useFormats } from '../i18n/formats'
import { Button } from '../ui/button'
import { Figures } from '../ui/chart/numbers'
import { Ranks } from '../ui/chart/ranks'
import { Section } from '../ui/page'
import { Problem, Skeleton } from '../ui/states'
import styles from './operator.module.css'
import { OperatorTabs } from './tabs'

/** Whose files take how much room. */
export default function StoragePage() {
  return (
    <OperatorTabs tab="storage">
      <Storage />
    </OperatorTabs>
  )
}

function Storage() {
  const t = useTranslations('operator')
  const formats = useFormats()
  const { data, error, refetch } = useQuery(getStorageStatsOptions())
  if (error) return <Problem error={error} retry={refetch} />
  if (!data) return <Skeleton kind="block" />
  const rank = (key: string, name: string, bytes: number) => ({ key, name, value: bytes, shown: formats.bytes(bytes) })
  const kind = (name: string) => (t.has(`objectKind.${name as 'audio'}`) ? t(`objectKind.${name as 'audio'}`) : name)
  return (
    <>
      <Figures
        figures={[
          { label: t('stored'), value: formats.bytes(data.bytes) },
          { label: t('files'), value: formats.number(data.objects) },
          { label: t('unused'), value: formats.bytes(data.orphans.bytes) },
        ]}
      />
      <div className={styles.two}>
        <Section title={t('byKind')}>
          <Ranks label={t('byKind')} ranks={data.by_kind.map((one) => rank(one.kind, kind(one.kind), one.bytes))} />
        </Section>
        <Section title={t('byPerson')}>
          <Ranks
            label={t('byPerson')}
            ranks={data.by_user
              .slice(0, 20)
              .map((one) => rank(one.user_id ?? '', one.username ?? t('nobody'), one.bytes))}
          />
        </Section>
      </div>
      <CleanUp unused={data.orphans.objects} />
    </>
  )
}

function CleanUp({ unused }: { unused: number }) {
  const t = useTranslations('operator')
  const formats = useFormats()
  const client = useQueryClient()
  const clean = useMutation({
    mutationFn: async () => (await cleanUpObjects({ body: { older_than_hours: 24 }, throwOnError: true })).data,
    onSuccess: async (done) => {
      say(t('cleaned', { count: done.deleted, size: formats.bytes(done.freed_bytes) }))
      await client.invalidateQueries({ queryKey: getStorageStatsQueryKey() })
    },
    onError: fail,
  })
  return (
    <Section title={t('cleanUp')} note={t('cleanUpNote')}>
      <Button writes isPending={clean.isPending} isDisabled={unused === 0} onPress={() => clean.mutate()}>
        {unused === 0 ? t('nothingUnused') : t('cleanUpNow', { count: unused })}
      </Button>
    </Section>
  )
}
