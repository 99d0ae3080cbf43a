import { Refusal } from '@takeback/protocol/refusals.ts'

/** Where a list, newest first, goes on: the time and id of the last row shown. */
export interface ListPosition {
  at: number
  id: string
}

export const NEWEST: ListPosition = { at: Number.MAX_SAFE_INTEGER, id: '~' }

export const encodeCursor = ({ at, id }: ListPosition): string => `${at}.${id}`

/** @throws Refusal invalid_input */
export function decodeCursor(cursor: string): ListPosition {
  const match = /^(\d{1,15})\.([0-9a-z]{26})$/.exec(cursor)
  if (match === null) throw new Refusal('invalid_input', { detail: 'cursor is not one we gave.' })
  return { at: Number(match[1]), id: match[2] ?? '' }
}
