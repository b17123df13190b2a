import { Fragment, type ReactNode, useRef, useState } from 'react'
import { useTranslations } from 'use-intl'
import { isStatus } from '../api/problem'
import { presentAs } from '../api/session'
import { Button } from './button'
import { dropDraft, readDraft, writeDraft } from './drafts'
import { type Conflict, type Kept, merge, type Values } from './edits'
import { useSubmit } from './use-submit'
import { Versions } from './versions'
import styles from './versions.module.css'

interface FieldOf {
  name: string
  label: string
  defaultValue: string
  error: string | undefined
}

interface Props {
  /** Names the draft. */
  form: string
  kept: Kept
  /** Of the fields, in their order. */
  labels: Readonly<Record<string, string>>
  /** The thing as it is now. */
  load: () => Promise<Kept>
  /** Refuses with 412 if the thing has another version. */
  save: (values: Values, version: number) => Promise<Kept>
  /** What a value is called where it is no text. */
  words?: (name: string, value: string) => string
  className?: string | undefined
  children: (field: (name: string) => FieldOf) => ReactNode
  /** Below the fields. */
  buttons: (busy: boolean) => ReactNode
}

function valuesOf(form: HTMLFormElement, names: readonly string[]): Values {
  const data = new FormData(form)
  return Object.fromEntries(names.map((name) => [name, String(data.get(name) ?? '')]))
}

const trimmed = (values: Values): Values =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, value.trim()]))

/**
 * A form about a thing that others may change too. What is typed stays over a reload and a sign-in. If somebody changed the thing meanwhile,
 * neither version is lost: both are shown, and the person chooses.
 */
export function EditForm({ form, kept, labels, load, save, words, className, children, buttons }: Props) {
  const t = useTranslations('forms')
  const ref = useRef<HTMLFormElement>(null)
  const [userId] = useState(() => presentAs() ?? '')
  const [draft] = useState(() => readDraft(userId, form))
  const [base, setBase] = useState(draft?.base ?? kept)
  // The fields keep what is typed themselves; another round gives them other values.
  const [mounted, setMounted] = useState({ round: 0, values: { ...kept.values, ...draft?.values } as Values })
  const [restored, setRestored] = useState(draft !== undefined)
  const [conflicts, setConflicts] = useState<Conflict[]>()
  const names = Object.keys(kept.values)

  const show = (values: Values, of: Kept) => {
    setMounted(({ round }) => ({ round: round + 1, values }))
    writeDraft(userId, form, { base: of, values })
  }
  const { busy, wrong, submit } = useSubmit(async (_, element) => {
    const values = valuesOf(element, names)
    try {
      setBase(await save(trimmed(values), base.version))
      dropDraft(userId, form)
      setRestored(false)
      setConflicts(undefined)
    } catch (error) {
      if (!isStatus(error, 412)) throw error
      const theirs = await load()
      const both = merge(base.values, values, theirs.values)
      setBase(theirs)
      setConflicts(both.conflicts)
      show(both.values, theirs)
    }
  })
  const choose = (name: string, value: string) => {
    if (ref.current) show({ ...valuesOf(ref.current, names), [name]: value }, base)
  }
  const discard = () => {
    const newest = base.version > kept.version ? base : kept
    setBase(newest)
    setRestored(false)
    setConflicts(undefined)
    show(newest.values, newest)
  }
  const fieldOf = (name: string): FieldOf => ({
    name,
    label: labels[name] ?? '',
    defaultValue: mounted.values[name] ?? '',
    error: wrong[name],
  })
  return (
    <form
      ref={ref}
      onSubmit={submit}
      className={className}
      onInput={(event) => writeDraft(userId, form, { base, values: valuesOf(event.currentTarget, names) })}
    >
      {restored && (
        <p className={styles.restored} role="status">
          {t('restored')}
          <Button kind="quiet" onPress={discard}>
            {t('discard')}
          </Button>
        </p>
      )}
      {conflicts && (
        <Versions key={`version ${base.version}`} conflicts={conflicts} labels={labels} words={words} choose={choose} />
      )}
      <Fragment key={`round ${mounted.round}`}>{children(fieldOf)}</Fragment>
      {buttons(busy)}
    </form>
  )
}
