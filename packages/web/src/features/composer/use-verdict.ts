import type {
  Conversation,
  OpenConversation,
  Verdict,
} from '@takeback/protocol/endpoints/conversations.ts'
import type { AccountId, ConversationId } from '@takeback/protocol/ids.ts'
import {
  refusals,
  type Problem,
  type RefusalCode,
  type Remedy,
} from '@takeback/protocol/refusals.ts'
import { useCallback, useEffect, useState } from 'react'
import { othersOf } from '../../format/names.ts'
import { useConnection, useHistory, useMe, useTakeback, useVersion } from '../../live.ts'
import { problemOf } from '../../session.ts'
import type { Explained } from '../../ui/refusal-card.tsx'

export interface ConversationVerdict {
  /** Why a message would be refused now; null when it would not, or when nobody could be asked. */
  sendRefusal: Explained | null
  /** A message would go out, as a request. */
  asRequest: boolean
  /** Why they could not answer now. */
  replyRefusal: Explained | null
  /** The conversation as it came along. */
  conversation: OpenConversation | null
  /** Why asking itself did not work. */
  problem: Problem | null
  /** Asks again; resolves to why a message would be refused. */
  recheck: () => Promise<Explained | null>
}

const isCode = (code: string | undefined): code is RefusalCode =>
  code !== undefined && Object.hasOwn(refusals, code)

function explained(verdict: Verdict | undefined): Explained | null {
  if (verdict === undefined || verdict.allowed) return null
  return {
    code: isCode(verdict.code) ? verdict.code : 'internal',
    ...(verdict.remedies && { remedies: verdict.remedies as Remedy[] }),
    ...(verdict.until !== undefined && { until: verdict.until }),
  }
}

/**
 * Asks, before anything is typed, whether a message could go out and be answered. Asks again when
 * the window comes back, the connection does, a relation, setting or folder changes, a send was refused,
 * or something happened to my request.
 */
export function useVerdict(id: ConversationId, held: Conversation | null): ConversationVerdict {
  const { client } = useTakeback()
  const me = useMe()
  const [answer, setAnswer] = useState<OpenConversation | null>(null)
  // A conversation in which nothing was said yet may be known from the answer only.
  const known = held ?? answer
  const other = known === null ? undefined : othersOf(known, me?.id)[0]?.id
  const relation = useVersion(`relation:${other ?? ('' as AccountId)}`)
  const online = useConnection().state === 'online'
  const { outbox } = useHistory(id)
  const refused = outbox.filter(({ status }) => status === 'failed').length
  const setting = me?.settings.who_can_message
  const asRequest = answer?.can_send.as_request === true
  const asks = asRequest || answer?.can_send.code === 'request_pending'
  const version = useVersion(`conversation:${id}`)
  const asked = asks ? version : null
  const folder = held?.folder ?? 'inbox'
  const [problem, setProblem] = useState<Problem | null>(null)

  const recheck = useCallback(async () => {
    try {
      const conversation = await client.call('conversations.get', { conversation_id: id })
      setAnswer(conversation)
      setProblem(null)
      return explained(conversation.can_send)
    } catch (error) {
      setProblem(problemOf(error))
      return null
    }
  }, [client, id])

  useEffect(() => {
    void recheck()
  }, [recheck, relation, online, refused, setting, folder, asked])

  useEffect(() => {
    const onReturn = () => {
      if (document.visibilityState === 'visible') void recheck()
    }
    addEventListener('focus', onReturn)
    document.addEventListener('visibilitychange', onReturn)
    return () => {
      removeEventListener('focus', onReturn)
      document.removeEventListener('visibilitychange', onReturn)
    }
  }, [recheck])

  return {
    sendRefusal: explained(answer?.can_send),
    asRequest,
    replyRefusal: explained(answer?.can_reply),
    conversation: answer,
    problem,
    recheck,
  }
}
