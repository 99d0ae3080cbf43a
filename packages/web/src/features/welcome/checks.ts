import type { Input } from '@takeback/protocol/endpoints/registry.ts'
import { codePoints } from '../../format/text.ts'

export type SignUpValues = Input<'accounts.sign_up'>
export type SignUpError =
  | 'username'
  | 'display_name'
  | 'password'
  | 'birth_date'
  | 'birth_date_past'
export type SignUpErrors = Partial<Record<keyof SignUpValues, SignUpError>>

/** What can be said about a sign-up before asking the service; `today` is an ISO date. */
export function checkSignUp(values: SignUpValues, today: string): SignUpErrors {
  const errors: SignUpErrors = {}
  if (!/^[A-Za-z0-9._]{3,30}$/.test(values.username)) errors.username = 'username'
  const name = values.display_name.trim()
  if (name === '' || codePoints(name) > 50) errors.display_name = 'display_name'
  if (values.password.length < 8) errors.password = 'password'
  if (!/^\d{4}-\d{2}-\d{2}$/.test(values.birth_date)) errors.birth_date = 'birth_date'
  else if (values.birth_date >= today || values.birth_date < '1900')
    errors.birth_date = 'birth_date_past'
  return errors
}
