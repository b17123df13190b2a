import { Heart } from 'lucide-react'
import { useTranslations } from 'use-intl'
import { like, useIsLiked } from '../api/favourites'
import { askToSignIn } from '../api/sign-in-request'
import { fail } from '../app/toasts'
import { IconButton } from './button'

/** The heart of a track, an album or a playlist. */
export function LikeButton(props: {
  type: 'track' | 'album' | 'playlist'
  id: string
  title: string
  size?: 'small' | 'normal'
  className?: string | undefined
}) {
  const t = useTranslations('like')
  const { type, id, title, size = 'normal' } = props
  const liked = useIsLiked(type, id)
  return (
    <IconButton
      writes
      size={size}
      pressed={liked}
      label={t('like', { title })}
      className={props.className ?? ''}
      onPress={() => askToSignIn('like', () => void like(type, id, !liked).catch(fail))}
    >
      <Heart aria-hidden="true" {...(liked && { fill: 'currentColor' })} />
    </IconButton>
  )
}
