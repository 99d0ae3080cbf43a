import {
  refusals,
  type Problem,
  type RefusalCode,
  type Remedy,
} from '@takeback/protocol/refusals.ts'
import { Link } from 'wouter'
import { calendarDate, fullDate, fullTime } from '../format/time.ts'
import { t } from '../texts/t.ts'
import { Button } from './button.tsx'
import { AlertIcon } from './icons.ts'
import styles from './refusal-card.module.css'

/** As much of a refusal as is needed to explain it: a problem, or a verdict before the attempt. */
export type Explained = Pick<Problem, 'code'> & { remedies?: readonly Remedy[]; until?: number }

interface RefusalCardProps {
  refusal: Explained
  /** What each remedy does here; the first of the refusal's own that stands here becomes the button. */
  actions?: Partial<Record<Remedy, () => void>>
  /** In place of the code's own sentence, where the place allows a better one. */
  sentence?: string
  /** The action is under way. */
  busy?: boolean
  /** `soft`: nothing failed, this only says what would. */
  tone?: 'plain' | 'soft'
}

/** A refusal where the action was: a mark, one sentence, one button with the remedy, and why. */
export function RefusalCard({
  refusal,
  actions = {},
  sentence,
  busy,
  tone = 'plain',
}: RefusalCardProps) {
  const remedies = refusal.remedies ?? refusals[refusal.code].remedies
  const remedy = remedies.find((name) => actions[name] !== undefined)
  const hint = remedies.find((name) => spoken.has(name))
  return (
    <div
      className={tone === 'soft' ? `${styles['card']} ${styles['soft']}` : styles['card']}
      role="group"
      aria-label={textOf(refusal.code)}
    >
      <AlertIcon className={styles['mark']} size={20} aria-hidden="true" />
      <div className={styles['words']}>
        <p role="status">{sentence ?? textOf(refusal.code)}</p>
        {remedy === undefined && hint !== undefined && sentence === undefined && (
          <p className={styles['hint']}>{t(`remedies.${hint}`)}</p>
        )}
        {refusal.until !== undefined && (
          <p className={styles['hint']}>{untilText(refusal.code, refusal.until)}</p>
        )}
        <Link className={styles['why']} href={`/help/${refusal.code}`}>
          {t('app.why')}
        </Link>
        {remedies.includes('status_page') && (
          // A page of the service, not of the app: it works also when the app does not.
          <a className={styles['why']} href="/status">
            {t('remedies.status_page')}
          </a>
        )}
      </div>
      {remedy !== undefined && (
        <Button size="small" busy={busy ?? false} onClick={actions[remedy]}>
          {t(`remedies.${remedy}`)}
        </Button>
      )}
    </div>
  )
}

/** Remedies that are advice, not something a button could do. */
const spoken: ReadonlySet<Remedy> = new Set([
  'wait_for_follow_back',
  'wait_for_accept',
  'remove_links',
  'wait',
  'switch_network',
  'choose_another_name',
])

function untilText(code: RefusalCode, until: number): string {
  if (code === 'sender_under_age') return t('composer.from', { date: calendarDate(until) })
  if (code === 'too_many_requests_today')
    return t('composer.new_people_from', { date: fullTime(until) })
  return t('composer.until', { date: fullDate(until) })
}

export function textOf(code: RefusalCode): string {
  return t(`refusals.${code}`)
}
