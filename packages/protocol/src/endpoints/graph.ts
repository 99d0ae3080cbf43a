import { Type } from 'typebox'
import { AccountId } from '../ids.ts'
import { Profile } from './accounts.ts'
import { endpoint } from './endpoint.ts'
import { closed, ListCursor, page, PageLimit } from './shapes.ts'

const list = (
  name: 'graph.following' | 'graph.followers' | 'graph.friends' | 'graph.blocks',
  summary: string,
) =>
  endpoint({
    name,
    summary,
    auth: 'session',
    input: closed({ cursor: Type.Optional(ListCursor), limit: Type.Optional(PageLimit) }),
    output: page(Profile),
    success: 200,
    budget: 'read',
    refusals: [],
  })

const change = (
  name: 'graph.follow' | 'graph.unfollow' | 'graph.block' | 'graph.unblock',
  summary: string,
) =>
  endpoint({
    name,
    summary,
    auth: 'session',
    input: closed({ account_id: AccountId }),
    output: Profile,
    success: 200,
    budget: 'write',
    refusals: ['not_found'],
  })

export const listFollowing = list('graph.following', 'People you follow, newest first.')
export const listFollowers = list('graph.followers', 'People who follow you, newest first.')
export const listFriends = list('graph.friends', 'People you follow who follow you, newest first.')
export const listBlocks = list('graph.blocks', 'People you blocked, newest first.')
export const follow = change('graph.follow', 'Follow a person. Doing it again changes nothing.')
export const unfollow = change('graph.unfollow', 'No longer follow a person.')
export const block = change(
  'graph.block',
  'Block a person, both ways, from the moment this is acknowledged (X1). They are not told (X2).',
)
export const unblock = change('graph.unblock', 'Lift your block of a person.')
