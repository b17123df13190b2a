import { type FormEvent, useState } from 'react'
import { ApiProblem } from '../api/problem'
import { useOfflineReason } from '../app/online'
import { fail, say } from '../app/toasts'
import { useProblemWords } from '../i18n/problem-words'

/** Sends a form: what is wrong with a field stands at it, everything else is said in a toast. Without a connection nothing is sent. */
export function useSubmit(work: (text: (name: string) => string, form: HTMLFormElement) => Promise<unknown>) {
  const words = useProblemWords()
  const offline = useOfflineReason()
  const [busy, setBusy] = useState(false)
  const [wrong, setWrong] = useState<Partial<Record<string, string>>>({})
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (offline) return say(offline)
    const form = event.currentTarget
    const data = new FormData(form)
    setBusy(true)
    setWrong({})
    try {
      await work((name) => String(data.get(name) ?? '').trim(), form)
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 422 && error.faults.length > 0) {
        setWrong(words.fields(error))
        requestAnimationFrame(() => {
          const first = form.querySelector<HTMLElement>('[data-invalid] :is(input, textarea)')
          if (first) first.focus()
          else fail(error)
        })
      } else fail(error)
    } finally {
      setBusy(false)
    }
  }
  return { busy, wrong, submit }
}
