/**
 * The refusal catalogue: the one table from which validation, HTTP problems, socket problems,
 * app texts and API documents are made. Every non-success anywhere is a row of it (E1).
 */

/** Who can change the outcome. */
export type FixedBy = 'you' | 'they' | 'operator' | 'time'

/** What a person can do about a refusal; the app turns each into a button or a line of text. */
export const remedies = {
  follow: 'Follow them',
  wait_for_follow_back: 'Ask them to follow you back',
  wait_for_accept: 'Wait until they accept your request',
  remove_links: 'Take the links out',
  unblock: 'Unblock them',
  change_my_setting: 'Change who can message you',
  sign_in: 'Sign in',
  shorten: 'Make it shorter',
  correct_input: 'Correct what you entered',
  send_as_new: 'Send it as a new message',
  unsend_instead: 'Unsend it instead',
  retry: 'Try again',
  wait: 'Wait a little',
  wait_until: 'Wait until the date given',
  resync: 'Load your messages again',
  reload: 'Reload the app',
  status_page: 'See the service status',
  switch_network: 'Try another network',
  choose_another_name: 'Choose another name',
} as const
export type Remedy = keyof typeof remedies

export interface RefusalRow {
  /** HTTP status of the problem document. */
  readonly status: number
  /** Whether the very same request may succeed later without anybody doing anything. */
  readonly retryable: boolean
  readonly fixed_by: readonly FixedBy[]
  /** One plain sentence for the person who was refused. */
  readonly sentence: string
  readonly remedies: readonly Remedy[]
}

const rows = {
  not_friends: {
    status: 403,
    retryable: false,
    fixed_by: ['you', 'they'],
    sentence: 'Only friends can message here: you need to follow each other.',
    remedies: ['follow', 'wait_for_follow_back'],
  },
  you_blocked_them: {
    status: 403,
    retryable: false,
    fixed_by: ['you'],
    sentence: 'You blocked this person. Unblock them to send messages.',
    remedies: ['unblock'],
  },
  messages_off: {
    status: 403,
    retryable: false,
    fixed_by: ['you'],
    sentence: 'Your settings let nobody message you, so they cannot answer.',
    remedies: ['change_my_setting'],
  },
  recipient_unavailable: {
    status: 403,
    retryable: false,
    fixed_by: ['they'],
    sentence: 'This person can’t get messages right now.',
    remedies: [],
  },
  request_pending: {
    status: 403,
    retryable: false,
    fixed_by: ['they'],
    sentence: 'They have your request. You can write more once they accept it.',
    remedies: ['wait_for_accept'],
  },
  request_text_only: {
    status: 422,
    retryable: false,
    fixed_by: ['you'],
    sentence: 'A first message to somebody you don’t know can’t hold links.',
    remedies: ['remove_links'],
  },
  too_many_requests_today: {
    status: 403,
    retryable: false,
    fixed_by: ['time'],
    sentence: 'You have written to 3 new people today. Tomorrow you can write to more.',
    remedies: ['wait_until'],
  },
  sender_under_age: {
    status: 403,
    retryable: false,
    fixed_by: ['time'],
    sentence: 'Direct messages are for people aged 16 and over.',
    remedies: ['wait_until'],
  },
  message_too_long: {
    status: 422,
    retryable: false,
    fixed_by: ['you'],
    sentence: 'This message is longer than 4,000 characters.',
    remedies: ['shorten'],
  },
  message_gone: {
    status: 410,
    retryable: false,
    fixed_by: [],
    sentence: 'This message was unsent.',
    remedies: [],
  },
  edit_window_closed: {
    status: 409,
    retryable: false,
    fixed_by: ['you'],
    sentence: 'This message can no longer be edited.',
    remedies: ['unsend_instead'],
  },
  unsend_window_closed: {
    status: 409,
    retryable: false,
    fixed_by: ['operator'],
    sentence: 'This message is too old to be unsent here.',
    remedies: [],
  },
  id_conflict: {
    status: 409,
    retryable: false,
    fixed_by: ['you'],
    sentence: 'Another message was already sent under this id.',
    remedies: ['send_as_new'],
  },
  cache_expired: {
    status: 410,
    retryable: false,
    fixed_by: ['you'],
    sentence: 'This device was away for too long and has to load your messages again.',
    remedies: ['resync'],
  },
  rate_limited: {
    status: 429,
    retryable: true,
    fixed_by: ['time'],
    sentence: 'That was a lot at once. Please wait a moment.',
    remedies: ['wait'],
  },
  service_degraded: {
    status: 503,
    retryable: true,
    fixed_by: ['operator', 'time'],
    sentence: 'The service is having trouble right now.',
    remedies: ['retry', 'status_page'],
  },
  storage_unavailable: {
    status: 503,
    retryable: true,
    fixed_by: ['operator', 'time'],
    sentence: 'The service cannot store messages right now. Nothing was lost.',
    remedies: ['retry', 'status_page'],
  },
  network_unreachable: {
    status: 0,
    retryable: true,
    fixed_by: ['you', 'time'],
    sentence: 'No connection to the service right now.',
    remedies: ['retry', 'switch_network'],
  },
  username_taken: {
    status: 409,
    retryable: false,
    fixed_by: ['you'],
    sentence: 'This username is taken.',
    remedies: ['choose_another_name'],
  },
  not_signed_in: {
    status: 401,
    retryable: false,
    fixed_by: ['you'],
    sentence: 'You are not signed in.',
    remedies: ['sign_in'],
  },
  session_revoked: {
    status: 401,
    retryable: false,
    fixed_by: ['you'],
    sentence: 'This device was signed out.',
    remedies: ['sign_in'],
  },
  wrong_password: {
    status: 401,
    retryable: false,
    fixed_by: ['you'],
    sentence: 'Username and password do not match.',
    remedies: ['correct_input'],
  },
  invalid_input: {
    status: 400,
    retryable: false,
    fixed_by: ['you'],
    sentence: 'Something in this request is not as it should be.',
    remedies: ['correct_input'],
  },
  origin_not_allowed: {
    status: 403,
    retryable: false,
    fixed_by: ['operator'],
    sentence: 'This web page may not use the service.',
    remedies: ['reload'],
  },
  not_found: {
    status: 404,
    retryable: false,
    fixed_by: [],
    sentence: 'There is nothing here, or it is not yours to see.',
    remedies: [],
  },
  internal: {
    status: 500,
    retryable: true,
    fixed_by: ['operator'],
    sentence: 'Something went wrong on our side.',
    remedies: ['retry', 'status_page'],
  },
} as const satisfies Record<string, RefusalRow>

export type RefusalCode = keyof typeof rows
export const refusals: Readonly<Record<RefusalCode, RefusalRow>> = rows
export const refusalCodes = Object.keys(rows) as RefusalCode[]

/** Any endpoint may answer these; endpoints declare only what is theirs besides. */
export const commonRefusals = [
  'not_signed_in',
  'session_revoked',
  'invalid_input',
  'origin_not_allowed',
  'rate_limited',
  'service_degraded',
  'storage_unavailable',
  'internal',
] as const satisfies readonly RefusalCode[]

/** What a single refusal may say beyond its row. */
export interface RefusalExtras {
  /** More about this very case, for builders; never content, never what X2 hides. */
  readonly detail?: string
  /** Narrower than the row's remedies, when only some of them help here. */
  readonly remedies?: readonly Remedy[]
  /** Seconds. */
  readonly retry_after?: number
  /** Unix milliseconds. */
  readonly until?: number
}

/** The one error class of Takeback: server rooms, gateway and SDK all refuse with it. */
export class Refusal extends Error {
  readonly code: RefusalCode
  readonly extras: RefusalExtras

  constructor(code: RefusalCode, extras: RefusalExtras = {}) {
    super(extras.detail ?? refusals[code].sentence)
    this.name = 'Refusal'
    this.code = code
    this.extras = extras
  }

  get row(): RefusalRow {
    return refusals[this.code]
  }
}

/** RFC 9457 problem document, media type `application/problem+json`; also the data of a socket `problem`. */
export interface Problem {
  type: string
  title: string
  status: number
  code: RefusalCode
  detail: string
  remedies: Remedy[]
  retryable: boolean
  fixed_by: FixedBy[]
  retry_after?: number
  until?: number
  request_id?: string
}

export function toProblem(refusal: Refusal, requestId?: string): Problem {
  const { row, code, extras } = refusal
  return {
    type: `/help/${code}`,
    title: row.sentence,
    status: row.status,
    code,
    detail: extras.detail ?? row.sentence,
    remedies: [...(extras.remedies ?? row.remedies)],
    retryable: row.retryable,
    fixed_by: [...row.fixed_by],
    ...(extras.retry_after === undefined ? {} : { retry_after: extras.retry_after }),
    ...(extras.until === undefined ? {} : { until: extras.until }),
    ...(requestId === undefined ? {} : { request_id: requestId }),
  }
}

/** The refusal a problem document stands for; an unknown code (a newer server) becomes `internal`. */
export function fromProblem(problem: Partial<Problem>): Refusal {
  const code =
    problem.code !== undefined && Object.hasOwn(refusals, problem.code) ? problem.code : 'internal'
  return new Refusal(code, {
    ...(problem.detail === undefined ? {} : { detail: problem.detail }),
    ...(problem.remedies === undefined ? {} : { remedies: problem.remedies }),
    ...(problem.retry_after === undefined ? {} : { retry_after: problem.retry_after }),
    ...(problem.until === undefined ? {} : { until: problem.until }),
  })
}
