import type { ReactNode, Ref } from 'react'
import { Button as AriaButton, type ButtonProps } from 'react-aria-components'
import styles from './button.module.css'

interface Props extends ButtonProps {
  kind?: 'primary' | 'plain' | 'quiet' | 'danger'
  icon?: ReactNode
  children: ReactNode
}

/** A button with words. Only one on a page is `primary`. */
export function Button({ kind = 'plain', icon, children, className, ...rest }: Props) {
  return (
    <AriaButton {...rest} className={`${styles.button} ${styles[kind]} ${className ?? ''}`}>
      {icon}
      <span>{children}</span>
    </AriaButton>
  )
}

interface IconProps extends ButtonProps {
  label: string
  size?: 'small' | 'normal' | 'large'
  pressed?: boolean
  accent?: boolean
  ref?: Ref<HTMLButtonElement>
  children: ReactNode
}

/** A button with a picture only; its name is read out and shown on hover. */
export function IconButton({ label, size = 'normal', pressed, accent, children, className, ...rest }: IconProps) {
  return (
    <AriaButton
      {...rest}
      aria-label={label}
      {...(pressed !== undefined && { 'aria-pressed': pressed })}
      className={`${styles.icon} ${styles[size] ?? ''} ${accent ? styles.accent : ''} ${className ?? ''}`}
    >
      {/* React Aria's button takes no title. */}
      <span title={label} className={styles.face}>
        {children}
      </span>
    </AriaButton>
  )
}
