import type { AccountSummary } from '@takeback/protocol/endpoints/accounts.ts'
import type { Message } from '@takeback/protocol/endpoints/messages.ts'
import type { AccountId, ConversationId } from '@takeback/protocol/ids.ts'
import type { Problem } from '@takeback/protocol/refusals.ts'
import type { OutboxEntry } from '@takeback/sdk/types.ts'
import {
  lazy,
  Suspense,
  useEffect,
  useEffectEvent,
  useId,
  useImperativeHandle,
  useRef,
  useState,
  type KeyboardEvent,
  type Ref,
} from 'react'
import { useTakeback } from '../../live.ts'
import { problemOf } from '../../session.ts'
import { t } from '../../texts/t.ts'
import { IconButton } from '../../ui/icon-button.tsx'
import { CheckIcon, CloseIcon, EditIcon, SendIcon, SmileIcon } from '../../ui/icons.ts'
import { lastEditable } from '../conversation/can-still-edit.ts'
import styles from './composer.module.css'
import { ComposerNotices } from './composer-notices.tsx'
import { GrowingField } from './growing-field.tsx'
import { charactersLeft } from './text-length.ts'
import { useDraft } from './use-draft.ts'
import type { ConversationVerdict } from './use-verdict.ts'

const EmojiPicker = lazy(() =>
  import('./emoji-picker.tsx').then((m) => ({ default: m.EmojiPicker })),
)

export interface ComposerHandle {
  edit(message: Message): void
  /** Puts words back into the field, before what stands there. */
  put(text: string): void
  /** Explains here why something was refused that has no place of its own. */
  refuse(error: unknown): void
}

interface ComposerProps {
  ref: Ref<ComposerHandle>
  conversationId: ConversationId
  other: AccountSummary | undefined
  verdict: ConversationVerdict
  history: { messages: readonly Message[]; outbox: readonly OutboxEntry[] }
  me: AccountId
}

const isTouch = () => matchMedia('(pointer: coarse)').matches

/** The field to write in. Whatever happens, the words stay until they have gone out. */
export function Composer({ ref, conversationId, other, verdict, history, me }: ComposerProps) {
  const takeback = useTakeback()
  const keepDraft = useDraft(conversationId)
  const [draft, setDraft] = useState(() => takeback.draft(conversationId))
  const [editing, setEditing] = useState<{ message: Message; text: string } | null>(null)
  const [picking, setPicking] = useState(false)
  const [problem, setProblem] = useState<Problem | null>(null)
  const field = useRef<HTMLTextAreaElement>(null)
  const emojiButton = useRef<HTMLButtonElement>(null)
  const notices = useId()

  const text = editing?.text ?? draft
  const left = charactersLeft(text)
  const refused = editing === null ? verdict.sendRefusal : null
  const canSubmit = text.trim() !== '' && (left === null || left >= 0)

  function write(next: string) {
    setProblem(null)
    if (editing !== null) return setEditing({ ...editing, text: next })
    setDraft(next)
    keepDraft(next)
    const told = verdict.sendRefusal === null && !verdict.asRequest
    if (next.trim() !== '' && told) takeback.notifyTyping(conversationId)
  }

  function startEdit(message: Message) {
    setEditing({ message, text: message.text ?? '' })
    setProblem(null)
    focusEnd()
  }
  function leaveEdit() {
    setEditing(null)
    setProblem(null)
    focusEnd()
  }
  function focusEnd() {
    requestAnimationFrame(() => {
      const element = field.current
      element?.focus()
      element?.setSelectionRange(element.value.length, element.value.length)
    })
  }

  useImperativeHandle(ref, () => ({
    edit: startEdit,
    put(words) {
      setEditing(null)
      const next = draft.trim() === '' ? words : `${words}\n${draft}`
      setDraft(next)
      keepDraft(next)
      focusEnd()
    },
    refuse: (error) => setProblem(problemOf(error)),
  }))

  useEffect(() => {
    if (!isTouch()) field.current?.focus({ preventScroll: true })
  }, [])

  // What was refused comes back as the draft it was, unless other words stand here already.
  const failed = history.outbox.findLast(({ status }) => status === 'failed')
  const comeBack = useEffectEvent(async () => {
    if (failed === undefined || draft.trim() !== '' || editing !== null) return
    const { client_id, reason } = failed
    const words = await takeback.cancel(client_id).catch(() => null)
    if (words === null) return
    setDraft(words)
    keepDraft(words)
    setProblem(reason)
  })
  const failedId = failed?.client_id
  useEffect(() => {
    // Once for each that is refused: what stays because of other words stays a bubble of its own.
    if (failedId !== undefined) void comeBack()
  }, [failedId])

  async function send() {
    const words = draft.trim()
    // Asked anew: what stood in the way may be gone.
    if (verdict.sendRefusal !== null && (await verdict.recheck()) !== null) return
    setDraft('')
    keepDraft('')
    setProblem(null)
    setPicking(false)
    try {
      await takeback.send(conversationId, words)
    } catch (error) {
      setDraft((since) => (since === '' ? words : `${words}\n${since}`))
      keepDraft(words)
      setProblem(problemOf(error))
    }
  }

  async function saveEdit({ message, text: edited }: { message: Message; text: string }) {
    const words = edited.trim()
    if (words === message.text) return leaveEdit()
    try {
      await takeback.edit(message.id, words)
      leaveEdit()
    } catch (error) {
      setProblem(problemOf(error))
    }
  }

  function submit() {
    if (!canSubmit) return
    void (editing === null ? send() : saveEdit(editing))
    if (isTouch()) field.current?.focus()
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    // 229: the key belongs to an input method that is composing a word.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return
    if (event.key === 'Enter' && !event.shiftKey && !isTouch()) {
      event.preventDefault()
      submit()
    } else if (event.key === 'Escape' && editing !== null && !picking) {
      event.preventDefault()
      leaveEdit()
    } else if (event.key === 'ArrowUp' && text === '' && editing === null) {
      const last = lastEditable(history.messages, me, Date.now())
      if (last === null) return
      event.preventDefault()
      startEdit(last)
    }
  }

  /** Esc closes what was opened last, wherever in here the focus is. */
  function onEscape(event: KeyboardEvent<HTMLFormElement>) {
    if (event.key !== 'Escape' || !picking || event.defaultPrevented) return
    if (event.nativeEvent.isComposing || event.keyCode === 229) return
    event.preventDefault()
    setPicking(false)
    emojiButton.current?.focus()
  }

  function insert(emoji: string) {
    const element = field.current
    const start = element?.selectionStart ?? text.length
    const end = element?.selectionEnd ?? text.length
    write(text.slice(0, start) + emoji + text.slice(end))
    requestAnimationFrame(() => {
      element?.setSelectionRange(start + emoji.length, start + emoji.length)
      if (!isTouch()) element?.focus()
    })
  }

  return (
    <form
      className={styles['composer']}
      onKeyDown={onEscape}
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <div id={notices}>
        <ComposerNotices
          verdict={verdict}
          refused={refused}
          problem={problem}
          other={other}
          editing={editing !== null}
          hasFailed={history.outbox.some(({ status }) => status === 'failed')}
          onShorten={focusEnd}
        />
      </div>
      {editing !== null && (
        <div className={styles['editing']}>
          <EditIcon size={18} aria-hidden="true" />
          <span>{t('composer.editing')}</span>
          <IconButton icon={CloseIcon} label={t('composer.leave_edit')} onClick={leaveEdit} />
        </div>
      )}
      {picking && (
        <Suspense fallback={<div className={styles['picker']} />}>
          <EmojiPicker
            className={styles['picker'] ?? ''}
            onPick={insert}
            onClose={() => {
              setPicking(false)
              if (!isTouch()) field.current?.focus()
            }}
          />
        </Suspense>
      )}
      <div className={styles['line']}>
        <IconButton
          ref={emojiButton}
          icon={SmileIcon}
          label={t(picking ? 'composer.emoji_close' : 'composer.emoji')}
          aria-expanded={picking}
          onClick={() => setPicking((before) => !before)}
        />
        <GrowingField
          ref={field}
          value={text}
          onChange={write}
          onKeyDown={onKeyDown}
          describedBy={notices}
        />
        <IconButton
          type="submit"
          look="primary"
          className={styles['send']}
          icon={editing === null ? SendIcon : CheckIcon}
          label={t(editing === null ? 'composer.send' : 'composer.save')}
          disabled={!canSubmit || refused !== null}
          // A tap on the button must not take the keyboard away.
          onPointerDown={(event) => event.preventDefault()}
        />
      </div>
      {left !== null && (
        <p className={styles['left']} data-over={left < 0 || undefined} role="status">
          {left < 0 ? t('composer.over', { count: -left }) : t('composer.left', { count: left })}
        </p>
      )}
    </form>
  )
}
