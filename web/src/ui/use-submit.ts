import { type FormEvent, useState } from 'react'
import { ApiProblem } from '../api/problem'
import { fail } from '../app/toasts'

/** Sends a form: what is wrong with a field stands at it, everything else is said in a toast. */
export function useSubmit(work: (text: (name: string) => string, form: HTMLFormElement) => Promise<unknown>) {
  const [busy, setBusy] = useState(false)
  const [wrong, setWrong] = useState<Record<string, string>>({})
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const form = event.currentTarget
    const data = new FormData(form)
    setBusy(true)
    setWrong({})
    try {
      await work((name) => String(data.get(name) ?? '').trim(), form)
    } catch (error) {
      if (error instanceof ApiProblem && error.status === 422 && Object.keys(error.fields).length > 0) {
        setWrong(error.fields)
        requestAnimationFrame(() => form.querySelector<HTMLInputElement>('[data-invalid] input')?.focus())
      } else fail(error)
    } finally {
      setBusy(false)
    }
  }
  return { busy, wrong, submit }
}
