import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import type { DeadLetterBytes } from '../api/gen'
import { getDeadLetterOptions } from '../api/gen/@tanstack/react-query.gen'
import { say } from '../app/toasts'
import { useFormats } from '../i18n/formats'
import { Button } from '../ui/button'
import { Section } from '../ui/page'
import { Problem, Skeleton } from '../ui/states'
import { contentOf } from './dead-letters'
import styles from './dead-letters.module.css'
import { usePurge, useReplay } from './letter-actions'
import { useLetterWords } from './letter-words'
import { OperatorTabs } from './tabs'

const route = getRouteApi('/operator/dead-letters/$id')

/** One dead letter: where it came from, what was wrong, and what is in it. */
export default function DeadLetterPage() {
  const { id } = route.useParams()
  return (
    <OperatorTabs tab="deadLetters">
      <Opened key={id} id={id} />
    </OperatorTabs>
  )
}

function Opened({ id }: { id: string }) {
  const t = useTranslations('operator.letters')
  const words = useLetterWords()
  const { data, error, refetch } = useQuery({
    ...getDeadLetterOptions({ path: { letter_id: id } }),
    refetchInterval: ({ state }) => (state.status === 'error' ? false : 10_000),
    staleTime: 0,
  })
  return (
    <>
      <Link to="/operator/dead-letters" search={{}} className={`link ${styles.back}`}>
        {t('back')}
      </Link>
      {error ? (
        <Problem error={error} retry={refetch} />
      ) : !data ? (
        <Skeleton kind="block" />
      ) : (
        <Section title={words.name(data)}>
          <p className={styles.wrong}>{data.error}</p>
          <Actions letter={data} />
          <Facts letter={data} />
          <Content letter={data} />
        </Section>
      )}
    </>
  )
}

function Actions({ letter }: { letter: DeadLetterBytes }) {
  const t = useTranslations('operator.letters')
  const navigate = route.useNavigate()
  const [done, setDone] = useState('')
  const replay = useReplay(setDone)
  const { busy, purge } = usePurge((words) => {
    say(words)
    void navigate({ to: '/operator/dead-letters', search: {} })
  })
  const empty = letter.base64 == null
  return (
    <>
      <div className={styles.together}>
        <Button writes isPending={replay.busy} isDisabled={empty || busy} onPress={() => replay.one(letter.id)}>
          {empty ? t('noBytes') : t('replay.one')}
        </Button>
        <Button
          writes
          kind="danger"
          isPending={busy}
          isDisabled={replay.busy}
          onPress={() => confirm(t('reallyPurge', { count: 1 })) && purge({ ids: [letter.id] })}
        >
          {t('purge.one')}
        </Button>
      </div>
      <p role="status" className={styles.done}>
        {done}
      </p>
    </>
  )
}

function Facts({ letter }: { letter: DeadLetterBytes }) {
  const t = useTranslations('operator.letters')
  const formats = useFormats()
  const words = useLetterWords()
  const facts: [string, string | null | undefined][] = [
    [t('projector'), words.projector(letter.projector)],
    [t('reason'), words.reason(letter.reason)],
    [t('topic'), letter.topic],
    [t('place'), t('placeOf', { partition: String(letter.partition), offset: String(letter.offset) })],
    [t('key'), letter.key],
    [t('size'), letter.size_bytes == null ? null : t('bytes', { count: letter.size_bytes })],
    [t('last'), formats.moment(letter.time)],
    [t('refused'), t('times', { count: letter.times })],
    [t('handedBack'), letter.replayed_at && formats.moment(letter.replayed_at)],
    [t('malformed'), letter.malformed],
  ]
  return (
    <dl className={styles.facts}>
      {facts.map(
        ([name, value]) =>
          value && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  )
}

function Content({ letter }: { letter: DeadLetterBytes }) {
  const t = useTranslations('operator.letters')
  const content = contentOf(letter)
  if (content.kind === 'none') return <p className={styles.quiet}>{t('content.none')}</p>
  return (
    <section className={styles.content} aria-label={t(`content.${content.kind}`)}>
      <h3>{t(`content.${content.kind}`)}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0}>{content.text}</pre>
    </section>
  )
}
