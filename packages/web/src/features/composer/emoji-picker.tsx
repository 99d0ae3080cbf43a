import { useEffect, useEffectEvent, useRef, useState } from 'react'
import { t } from '../../texts/t.ts'
import { SearchIcon } from '../../ui/icons.ts'
import {
  countUse,
  emojiFound,
  emojiOfGroup,
  emojiOftenUsed,
  groups,
  readTone,
  tones,
  writeTone,
  type ShownEmoji,
} from './emoji-database.ts'
import { EmojiGrid } from './emoji-grid.tsx'
import styles from './emoji-picker.module.css'

interface EmojiPickerProps {
  className: string
  onPick: (emoji: string) => void
  onClose: () => void
}

const RECENT = -1

/**
 * A picker over the data of emoji-picker-element. Its own element is not used: it writes a style
 * element into the page, which the content security policy forbids.
 */
export function EmojiPicker({ className, onPick, onClose }: EmojiPickerProps) {
  const [query, setQuery] = useState('')
  const [group, setGroup] = useState<number>(0)
  const [tone, setTone] = useState(0)
  const [emoji, setEmoji] = useState<readonly ShownEmoji[] | null>(null)
  const [failed, setFailed] = useState(false)
  const search = useRef<HTMLInputElement>(null)
  const root = useRef<HTMLDivElement>(null)
  const words = query.trim()

  useEffect(() => {
    readTone().then(setTone, () => undefined)
    emojiOftenUsed(0).then(
      (used) => used.length >= 8 && setGroup(RECENT),
      () => setFailed(true),
    )
  }, [])

  useEffect(() => {
    let current = true
    const found =
      words !== ''
        ? emojiFound(words, tone)
        : group === RECENT
          ? emojiOftenUsed(tone)
          : emojiOfGroup(group, tone)
    found.then(
      (list) => current && setEmoji(list),
      () => current && setFailed(true),
    )
    return () => {
      current = false
    }
  }, [words, group, tone])

  useEffect(() => {
    // On a phone the keyboard would come up with it, over the emoji.
    if (!matchMedia('(pointer: coarse)').matches) search.current?.focus({ preventScroll: true })
  }, [])

  const close = useEffectEvent(onClose)
  useEffect(() => {
    function onPointerDown({ target }: PointerEvent) {
      if (target instanceof Element && root.current?.closest('form')?.contains(target) === false)
        close()
    }
    document.addEventListener('pointerdown', onPointerDown)
    return () => document.removeEventListener('pointerdown', onPointerDown)
  }, [])

  function pick({ base, unicode }: ShownEmoji) {
    void countUse(base)
    onPick(unicode)
  }
  function nextTone() {
    const next = (tone + 1) % tones.length
    setTone(next)
    void writeTone(next)
  }

  const tabs = [{ group: RECENT, key: 'recent', sign: '🕘' } as const, ...groups]
  return (
    <div
      ref={root}
      className={`${styles['picker']} ${className}`}
      role="region"
      aria-label={t('emoji.title')}
    >
      <div className={styles['top']}>
        <span className={styles['search']}>
          <SearchIcon size={18} aria-hidden="true" />
          <input
            ref={search}
            type="search"
            aria-label={t('emoji.search')}
            placeholder={t('emoji.search')}
            value={query}
            autoComplete="off"
            onChange={(event) => setQuery(event.target.value)}
            onKeyDown={(event) => {
              // Enter takes the first found; it must not send the message around.
              if (event.key !== 'Enter') return
              event.preventDefault()
              const first = emoji?.[0]
              if (words !== '' && first) pick(first)
            }}
          />
        </span>
        <button
          type="button"
          className={styles['tone']}
          aria-label={t('emoji.tone')}
          onClick={nextTone}
        >
          {tones[tone]}
        </button>
      </div>
      {words === '' && (
        <div className={styles['groups']} role="group" aria-label={t('emoji.categories')}>
          {tabs.map((tab) => (
            <button
              key={tab.key}
              type="button"
              aria-label={t(`emoji.${tab.key}`)}
              title={t(`emoji.${tab.key}`)}
              aria-pressed={tab.group === group}
              onClick={() => setGroup(tab.group)}
            >
              {tab.sign}
            </button>
          ))}
        </div>
      )}
      {failed ? (
        <p className={styles['note']}>{t('emoji.unavailable')}</p>
      ) : emoji?.length === 0 ? (
        <p className={styles['note']}>{t('emoji.none')}</p>
      ) : (
        <EmojiGrid key={`${group}-${words}`} emoji={emoji ?? []} onPick={pick} />
      )}
    </div>
  )
}
