import { useLayoutEffect, type KeyboardEvent, type RefObject } from 'react'
import { t } from '../../texts/t.ts'
import styles from './growing-field.module.css'

interface GrowingFieldProps {
  ref: RefObject<HTMLTextAreaElement | null>
  value: string
  onChange: (value: string) => void
  onKeyDown: (event: KeyboardEvent<HTMLTextAreaElement>) => void
  describedBy: string
}

const growsByItself = CSS.supports('field-sizing', 'content')

/** A text field as high as its text, up to a limit set in the style sheet. */
export function GrowingField({ ref, value, onChange, onKeyDown, describedBy }: GrowingFieldProps) {
  useLayoutEffect(() => {
    const element = ref.current
    if (growsByItself || element === null) return
    element.style.height = 'auto'
    element.style.height = `${element.scrollHeight}px`
  }, [ref, value])
  return (
    <div className={styles['frame']}>
      <textarea
        ref={ref}
        className={styles['field']}
        aria-label={t('composer.label')}
        aria-describedby={describedBy}
        placeholder={t('composer.placeholder')}
        rows={1}
        dir="auto"
        value={value}
        autoComplete="off"
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
      />
    </div>
  )
}
