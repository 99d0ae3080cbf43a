import { Type, type Static } from 'typebox'
import { AccountId, DeviceId } from '../ids.ts'
import { endpoint } from './endpoint.ts'
import { closed, Empty, page, PageLimit, Time } from './shapes.ts'

/** 3–30 of a–z, 0–9, dot and underscore; stored in lower case. */
export const Username = Type.String({ pattern: '^[A-Za-z0-9._]{3,30}$' })
/** 1–50 characters; the server also refuses control and text-direction characters. */
export const DisplayName = Type.String({ minLength: 1, maxLength: 100 })
export const Password = Type.String({ minLength: 8, maxLength: 200 })
/** ISO 8601 calendar date. */
export const BirthDate = Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' })

export type AccountSummary = Static<typeof AccountSummary>
export const AccountSummary = closed({
  id: AccountId,
  username: Type.String(),
  display_name: Type.String(),
})

/** What I am to another person and they to me. Their block of me is never part of it (X2). */
export type Relation = Static<typeof Relation>
export const Relation = closed({
  following: Type.Boolean(),
  followed_by: Type.Boolean(),
  friends: Type.Boolean(),
  blocked: Type.Boolean(),
})

export type Profile = Static<typeof Profile>
export const Profile = closed({
  id: AccountId,
  username: Type.String(),
  display_name: Type.String(),
  bio: Type.String(),
  relation: Relation,
})

/**
 * `everyone`: also strangers, whose first message is a request. `friends`: people who follow each
 * other. `no_one`: nobody.
 */
export type WhoCanMessage = Static<typeof WhoCanMessage>
export const WhoCanMessage = Type.Union([
  Type.Literal('everyone'),
  Type.Literal('friends'),
  Type.Literal('no_one'),
])

export type Settings = Static<typeof Settings>
export const Settings = closed({ who_can_message: WhoCanMessage })

export type Me = Static<typeof Me>
export const Me = closed({
  id: AccountId,
  username: Type.String(),
  display_name: Type.String(),
  bio: Type.String(),
  birth_date: BirthDate,
  created_at: Time,
  settings: Settings,
})

export type Session = Static<typeof Session>
export const Session = closed({
  device_id: DeviceId,
  /** Bearer token. Absent where a browser got it as an HttpOnly cookie instead. */
  token: Type.Optional(Type.String()),
})

export const SignedIn = closed({ account: Me, session: Session })

export type Device = Static<typeof Device>
export const Device = closed({
  id: DeviceId,
  name: Type.String(),
  current: Type.Boolean(),
  created_at: Time,
  last_seen_at: Time,
})

export const signUp = endpoint({
  name: 'accounts.sign_up',
  summary: 'Open an account and sign this device in.',
  auth: 'none',
  input: closed({
    username: Username,
    display_name: DisplayName,
    password: Password,
    birth_date: BirthDate,
  }),
  output: SignedIn,
  success: 201,
  budget: 'sign_up',
  refusals: ['username_taken'],
})

export const searchAccounts = endpoint({
  name: 'accounts.search',
  summary: 'People whose username or display name starts with the query.',
  auth: 'session',
  input: closed({
    q: Type.String({ minLength: 1, maxLength: 100 }),
    limit: Type.Optional(PageLimit),
  }),
  output: page(Profile),
  success: 200,
  budget: 'lookup',
  refusals: [],
})

export const getAccount = endpoint({
  name: 'accounts.get',
  summary: 'A profile, with what you are to each other.',
  auth: 'session',
  input: closed({ username: Username }),
  output: Profile,
  success: 200,
  budget: 'lookup',
  refusals: ['not_found'],
})

export const signIn = endpoint({
  name: 'sessions.sign_in',
  summary: 'Sign this device in.',
  auth: 'none',
  input: closed({
    username: Type.String({ minLength: 1, maxLength: 100 }),
    password: Type.String({ minLength: 1, maxLength: 200 }),
  }),
  output: SignedIn,
  success: 201,
  budget: 'sign_in',
  refusals: ['wrong_password'],
})

export const listSessions = endpoint({
  name: 'sessions.list',
  summary: 'Devices that are signed in to your account.',
  auth: 'session',
  input: Empty,
  output: page(Device),
  success: 200,
  budget: 'read',
  refusals: [],
})

export const revokeSession = endpoint({
  name: 'sessions.revoke',
  summary: 'Sign a device of yours out; its sockets close within a second (S1).',
  auth: 'session',
  input: closed({ device_id: DeviceId }),
  output: Type.Null(),
  success: 204,
  budget: 'write',
  refusals: ['not_found'],
})

export const getMe = endpoint({
  name: 'me.get',
  summary: 'Your own account and settings.',
  auth: 'session',
  input: Empty,
  output: Me,
  success: 200,
  budget: 'read',
  refusals: [],
})

export const updateMe = endpoint({
  name: 'me.update',
  summary: 'Change your display name or bio.',
  auth: 'session',
  input: closed({
    display_name: Type.Optional(DisplayName),
    bio: Type.Optional(Type.String({ maxLength: 400 })),
  }),
  output: Me,
  success: 200,
  budget: 'write',
  refusals: [],
})

export const getSettings = endpoint({
  name: 'settings.get',
  summary: 'Your settings.',
  auth: 'session',
  input: Empty,
  output: Settings,
  success: 200,
  budget: 'read',
  refusals: [],
})

export const updateSettings = endpoint({
  name: 'settings.update',
  summary: 'Change settings, on all your devices at once.',
  auth: 'session',
  input: closed({ who_can_message: Type.Optional(WhoCanMessage) }),
  output: Settings,
  success: 200,
  budget: 'write',
  refusals: [],
})
