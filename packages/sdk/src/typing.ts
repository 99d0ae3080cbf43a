import type { AccountId, ConversationId } from '@takeback/protocol/ids.ts'
import type { Clock } from './clock.ts'

/** How long somebody is shown as typing after the last sign of it, ms. */
const SHOWN = 6_000
/** Mine is told at most this often, ms. */
const SPACING = 3_000

export type TypingPeople = ReadonlyMap<ConversationId, readonly AccountId[]>

/** Who is typing where, as far as heard; and my own, told sparingly. */
export function createTyping(clock: Clock, changed: (people: TypingPeople) => void) {
  let people: TypingPeople = new Map()
  const ends = new Map<string, () => void>()
  const told = new Map<ConversationId, number>()

  function set(id: ConversationId, accounts: readonly AccountId[]) {
    const next = new Map(people)
    if (accounts.length === 0) next.delete(id)
    else next.set(id, accounts)
    people = next
    changed(people)
  }

  function ended(id: ConversationId, account: AccountId) {
    ends.get(`${id} ${account}`)?.()
    ends.delete(`${id} ${account}`)
    const accounts = people.get(id) ?? []
    if (accounts.includes(account))
      set(
        id,
        accounts.filter((other) => other !== account),
      )
  }

  return {
    shown(id: ConversationId, account: AccountId): void {
      ends.get(`${id} ${account}`)?.()
      ends.set(
        `${id} ${account}`,
        clock.after(SHOWN, () => ended(id, account)),
      )
      const accounts = people.get(id) ?? []
      if (!accounts.includes(account)) set(id, [...accounts, account])
    },
    /** Their message is there, or the line is gone. */
    ended,
    endAll(): void {
      for (const cancel of ends.values()) cancel()
      ends.clear()
      if (people.size > 0) {
        people = new Map()
        changed(people)
      }
    },
    /** Whether mine is due to be told now; if so it counts as told. */
    due(id: ConversationId): boolean {
      const now = clock.now()
      if (now - (told.get(id) ?? -Infinity) < SPACING) return false
      told.set(id, now)
      return true
    },
  }
}
