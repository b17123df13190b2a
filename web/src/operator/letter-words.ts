import { useTranslations } from 'use-intl'
import type { DeadLetter } from '../api/gen'
import { PROJECTORS, REASONS } from './dead-letters'

/** Names of what a newer service may know more of than this page: those stand as they came. */
export function useLetterWords() {
  const t = useTranslations('operator')
  return {
    name: (letter: DeadLetter) => letter.type ?? t('letters.noType', { topic: letter.topic }),
    projector: (name: string) => {
      const known = PROJECTORS.find((one) => one === name)
      return known ? t(`projection.${known}`) : name
    },
    reason: (reason: string) => {
      const known = REASONS.find((one) => one === reason)
      return known ? t(`letters.reasons.${known}`) : reason
    },
  }
}
