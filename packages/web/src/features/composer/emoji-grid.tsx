import { memo, useState, type KeyboardEvent } from 'react'
import { t } from '../../texts/t.ts'
import type { ShownEmoji } from './emoji-database.ts'
import styles from './emoji-picker.module.css'

interface EmojiGridProps {
  emoji: readonly ShownEmoji[]
  onPick: (emoji: ShownEmoji) => void
}

/** Emoji to choose from; arrows walk, one of them is in the tab order. */
export const EmojiGrid = memo(function EmojiGrid({ emoji, onPick }: EmojiGridProps) {
  const [active, setActive] = useState(0)

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>) {
    const buttons = [...event.currentTarget.querySelectorAll('button')]
    const columns = buttons.filter(({ offsetTop }) => offsetTop === buttons[0]?.offsetTop).length
    const steps: Record<string, number> = {
      ArrowRight: 1,
      ArrowLeft: -1,
      ArrowDown: columns,
      ArrowUp: -columns,
    }
    const step = steps[event.key]
    if (step === undefined) return
    event.preventDefault()
    const next = Math.max(0, Math.min(buttons.length - 1, active + step))
    setActive(next)
    buttons[next]?.focus()
  }

  return (
    <div
      className={styles['grid']}
      role="group"
      aria-label={t('emoji.title')}
      onKeyDown={onKeyDown}
    >
      {emoji.map((each, index) => (
        <button
          key={each.base}
          type="button"
          tabIndex={index === active ? 0 : -1}
          aria-label={each.name}
          title={each.name}
          // The field keeps its caret, and a phone its keyboard.
          onPointerDown={(event) => event.preventDefault()}
          onFocus={() => setActive(index)}
          onClick={() => onPick(each)}
        >
          {each.unicode}
        </button>
      ))}
    </div>
  )
})
