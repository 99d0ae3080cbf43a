import { memo, useImperativeHandle, useRef, useState, type Ref } from 'react'
import type { VirtualizerHandle } from 'virtua'
import { dayName } from '../../format/time.ts'
import { t } from '../../texts/t.ts'
import { useNow } from '../../ui/use-now.ts'
import type { DayPlace } from './item-list.ts'
import styles from './message-list.module.css'

export interface StickyDayHandle {
  place(list: VirtualizerHandle, days: readonly DayPlace[]): void
}

/** Height that the next day pushes away, px. */
const HEIGHT = 40

/** The day of what is at the top, over the messages; the separator that comes next pushes it out. */
export const StickyDay = memo(function StickyDay({ ref }: { ref: Ref<StickyDayHandle> }) {
  const [day, setDay] = useState<number | null>(null)
  const chip = useRef<HTMLDivElement>(null)
  const now = useNow()

  useImperativeHandle(ref, () => ({
    place(list, days) {
      const offset = list.scrollOffset
      const next = days.findIndex(({ index }) => list.getItemOffset(index) > offset)
      const current = next === -1 ? days.at(-1) : days[next - 1]
      const following = next === -1 ? undefined : days[next]
      setDay(current?.day ?? null)
      const room = following ? list.getItemOffset(following.index) - offset : HEIGHT
      if (chip.current) chip.current.style.translate = `0 ${Math.min(0, room - HEIGHT)}px`
    },
  }))

  return (
    <div className={styles['sticky']} aria-hidden="true">
      <div ref={chip} hidden={day === null}>
        <span className={styles['day-chip']}>{day !== null && dayWords(day, now)}</span>
      </div>
    </div>
  )
})

export function dayWords(day: number, now: number): string {
  return dayName(day, now, {
    today: t('conversation.today'),
    yesterday: t('conversation.yesterday'),
  })
}
