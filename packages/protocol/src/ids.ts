import { Type } from 'typebox'

declare const brand: unique symbol
type Id<Name extends string> = string & { readonly [brand]: Name }

export type AccountId = Id<'account'>
export type DeviceId = Id<'device'>
export type ConversationId = Id<'conversation'>
export type MessageId = Id<'message'>
export type IncidentId = Id<'incident'>
/** Chosen by the sender, unique among that sender's messages: what makes a retry the same message (S9). */
export type ClientId = Id<'client'>

/** A ULID in lower case: 48 bits of milliseconds, 80 random bits, 26 characters, sorts by time. */
const ulid = () => Type.String({ pattern: '^[0-7][0-9a-hjkmnp-tv-z]{25}$' })

export const AccountId = Type.Unsafe<AccountId>(ulid())
export const DeviceId = Type.Unsafe<DeviceId>(ulid())
export const ConversationId = Type.Unsafe<ConversationId>(ulid())
export const MessageId = Type.Unsafe<MessageId>(ulid())
export const IncidentId = Type.Unsafe<IncidentId>(ulid())
export const ClientId = Type.Unsafe<ClientId>(Type.String({ pattern: '^[A-Za-z0-9_-]{8,64}$' }))
