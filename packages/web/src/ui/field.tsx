import { useId, type ComponentPropsWithRef } from 'react'
import { AlertIcon } from './icons.ts'
import styles from './field.module.css'

interface Common {
  label: string
  hint?: string
  error?: string | null | undefined
}

type FieldProps = Common &
  (
    | ({ multiline?: false } & ComponentPropsWithRef<'input'>)
    | ({ multiline: true } & ComponentPropsWithRef<'textarea'>)
  )

/** A labelled input with its hint and its error beneath it, tied together for screen readers. */
export function Field(props: FieldProps) {
  const { label, hint, error } = props
  const id = useId()
  const described = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ')
  const shared = {
    id,
    className: styles['input'],
    'aria-invalid': error ? true : undefined,
    'aria-describedby': described || undefined,
  }
  return (
    <div className={styles['field']}>
      <label className={styles['label']} htmlFor={id}>
        {label}
      </label>
      {control(props, shared)}
      {hint && !error && (
        <p className={styles['hint']} id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error && (
        <p className={styles['error']} id={`${id}-error`}>
          <AlertIcon size={16} aria-hidden="true" />
          {error}
        </p>
      )}
    </div>
  )
}

function control(props: FieldProps, shared: object) {
  if (props.multiline) {
    const { label: _label, hint: _hint, error: _error, multiline: _multiline, ...rest } = props
    return <textarea rows={3} {...rest} {...shared} />
  }
  const { label: _label, hint: _hint, error: _error, multiline: _multiline, ...rest } = props
  return <input {...rest} {...shared} />
}
