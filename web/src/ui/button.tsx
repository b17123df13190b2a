import type { ReactNode, Ref } from 'react'
import { Button as AriaButton, type ButtonProps } from 'react-aria-components'
import { REASON_ID, useOfflineReason } from '../app/online'
import { say } from '../app/toasts'
import styles from './button.module.css'

interface Common extends ButtonProps {
  /** It does nothing without the service: without a connection it is disabled and says why. The button of a form is so by itself. */
  writes?: boolean
}

/** It stays where the focus is, so that its reason is read out; a press says it too. */
function useBlocked({ writes, type }: Common) {
  const reason = useOfflineReason()
  if (reason === undefined || !(writes ?? type === 'submit')) return { reason: undefined, blocked: {} }
  const blocked: Partial<ButtonProps> = {
    render: (props) => <button {...props} aria-disabled="true" aria-describedby={REASON_ID} />,
    // What submits says it as a form, also by Enter in a field.
    ...(type !== 'submit' && { onPress: () => say(reason) }),
  }
  return { reason, blocked }
}

interface Props extends Common {
  kind?: 'primary' | 'plain' | 'quiet' | 'danger'
  icon?: ReactNode
  children: ReactNode
}

/** A button with words. Only one on a page is `primary`. */
export function Button({ kind = 'plain', icon, children, className, writes, ...rest }: Props) {
  const { reason, blocked } = useBlocked({ ...rest, ...(writes !== undefined && { writes }) })
  return (
    <AriaButton {...rest} {...blocked} className={`${styles.button} ${styles[kind]} ${className ?? ''}`}>
      {icon}
      <span title={reason}>{children}</span>
    </AriaButton>
  )
}

interface IconProps extends Common {
  label: string
  size?: 'small' | 'normal' | 'large'
  pressed?: boolean
  accent?: boolean
  ref?: Ref<HTMLButtonElement>
  children: ReactNode
}

/** A button with a picture only; its name is read out and shown on hover. */
export function IconButton(props: IconProps) {
  const { label, size = 'normal', pressed, accent, children, className, writes, ...rest } = props
  const { reason, blocked } = useBlocked(props)
  return (
    <AriaButton
      {...rest}
      {...blocked}
      aria-label={label}
      {...(pressed !== undefined && { 'aria-pressed': pressed })}
      className={`${styles.icon} ${styles[size] ?? ''} ${accent ? styles.accent : ''} ${className ?? ''}`}
    >
      {/* React Aria's button takes no title. */}
      <span title={reason ? `${label}: ${reason}` : label} className={styles.face}>
        {children}
      </span>
    </AriaButton>
  )
}
