import { useId } from 'react'
import styles from './settings.module.css'

interface RadioCardsProps<T extends string> {
  title: string
  value: T
  options: readonly { value: T; label: string; hint?: string }[]
  /** Side by side, for short labels. */
  inline?: boolean
  onChoose: (value: T) => void
}

/** One choice among a few; native radio buttons, so that arrows and screen readers work as ever. */
export function RadioCards<T extends string>(props: RadioCardsProps<T>) {
  const name = useId()
  return (
    <fieldset className={styles['section']}>
      <legend>{props.title}</legend>
      <div className={props.inline ? styles['inline'] : styles['stack']}>
        {props.options.map(({ value, label, hint }) => (
          <label key={value} className={styles['option']}>
            <input
              type="radio"
              name={name}
              checked={value === props.value}
              onChange={() => props.onChoose(value)}
            />
            <span>
              {label}
              {hint && <span className={styles['hint']}>{hint}</span>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}
