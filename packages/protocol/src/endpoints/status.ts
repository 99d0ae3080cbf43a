import { Type } from 'typebox'
import { endpoint } from './endpoint.ts'
import { closed, Empty, Time } from './shapes.ts'

export const getStatus = endpoint({
  name: 'status.get',
  summary: 'Whether the service is well: `degraded` while messages cannot be stored.',
  auth: 'none',
  input: Empty,
  output: closed({
    status: Type.Union([Type.Literal('ok'), Type.Literal('degraded')]),
    version: Type.String(),
    time: Time,
  }),
  success: 200,
  budget: 'read',
  refusals: [],
})
