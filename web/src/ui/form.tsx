import { Eye, EyeOff } from 'lucide-react'
import { useState } from 'react'
import { FieldError, Input, Label, Text, TextArea, TextField, type TextFieldProps } from 'react-aria-components'
import { useTranslations } from 'use-intl'
import { IconButton } from './button'
import styles from './form.module.css'

interface Props extends TextFieldProps {
  label: string
  hint?: string
  error?: string | undefined
  inputMode?: 'email' | 'text' | 'numeric'
}

/** A field with its label, a hint and what is wrong with it. */
export function Field({ label, hint, error, inputMode, ...rest }: Props) {
  const t = useTranslations('action')
  const [shown, setShown] = useState(false)
  const secret = rest.type === 'password'
  return (
    <TextField
      {...rest}
      type={secret && shown ? 'text' : (rest.type ?? 'text')}
      isInvalid={error !== undefined}
      className={styles.field ?? ''}
    >
      <Label>{label}</Label>
      <div className={styles.box}>
        <Input {...(inputMode && { inputMode })} />
        {secret && (
          <IconButton
            size="small"
            label={shown ? t('hidePassword') : t('showPassword')}
            onPress={() => setShown(!shown)}
          >
            {shown ? <EyeOff aria-hidden="true" /> : <Eye aria-hidden="true" />}
          </IconButton>
        )}
      </div>
      {hint && !error && (
        <Text slot="description" className={styles.hint ?? ''}>
          {hint}
        </Text>
      )}
      <FieldError className={styles.error ?? ''}>{error}</FieldError>
    </TextField>
  )
}

/** A field of several lines. */
export function Area({ label, hint, error, ...rest }: Omit<Props, 'inputMode'>) {
  return (
    <TextField {...rest} isInvalid={error !== undefined} className={styles.field ?? ''}>
      <Label>{label}</Label>
      <TextArea rows={5} />
      {hint && !error && (
        <Text slot="description" className={styles.hint ?? ''}>
          {hint}
        </Text>
      )}
      <FieldError className={styles.error ?? ''}>{error}</FieldError>
    </TextField>
  )
}

/** A choice of a few, all of them shown. With `defaultValue` it keeps itself what is chosen, as a field of a form. */
export function Choice<T extends string>(props: {
  label: string
  hideLabel?: boolean
  name?: string
  value?: T
  defaultValue?: string
  options: readonly { value: T; label: string }[]
  onChange?: (value: T) => void
}) {
  return (
    <fieldset className={styles.choice}>
      <legend className={props.hideLabel ? 'hidden' : ''}>{props.label}</legend>
      <div>
        {props.options.map((option) => (
          <label key={option.value}>
            <input
              type="radio"
              name={props.name ?? props.label}
              value={option.value}
              {...(props.defaultValue === undefined
                ? { checked: option.value === props.value, onChange: () => props.onChange?.(option.value) }
                : { defaultChecked: option.value === props.defaultValue })}
            />
            <span>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
