import { Check, UserPlus } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { follow, useFollows } from '../api/following'
import type { Artist } from '../api/gen'
import { askToSignIn } from '../api/sign-in-request'
import { fail } from '../app/toasts'
import { Button } from '../ui/button'

/** New albums of an artist that one follows stand on the home page. */
export function FollowButton({ artist }: { artist: Artist }) {
  const t = useTranslations('artist')
  const follows = useFollows(artist.id)
  return (
    <Button
      writes
      aria-pressed={follows ?? false}
      isDisabled={follows === undefined}
      icon={follows ? <Check aria-hidden="true" /> : <UserPlus aria-hidden="true" />}
      onPress={() => askToSignIn('like', () => void follow(artist, !follows).catch(fail))}
    >
      {follows ? t('followed') : t('follow')}
    </Button>
  )
}
