import type { EventPage } from '@takeback/protocol/events.ts'
import type { Reset } from '@takeback/protocol/endpoints/sync.ts'
import type { DownFrame } from '@takeback/protocol/frames.ts'
import type { LocalCore } from './core.ts'
import type { Core, PageFrame } from './types.ts'

/** A core as gateways see it: what goes on to clients is written as JSON here, once. */
export function inText(core: LocalCore): Core {
  /** Devices of one person that stand at the same place share a page, and so its text. */
  const frames = new WeakMap<object, PageFrame>()

  function frameOf(page: EventPage | Reset): PageFrame {
    const known = frames.get(page)
    if (known !== undefined) return known
    const frame = toFrame(page)
    frames.set(page, frame)
    return frame
  }

  return {
    ...core,
    call: async (name, caller, input) =>
      JSON.stringify((await core.call(name, caller, input)) ?? null),
    administer: async (command, input) => JSON.stringify(await core.administer(command, input)),
    page: async (account, epoch, after) => frameOf(await core.page(account, epoch, after)),
  }
}

function toFrame(page: EventPage | Reset): PageFrame {
  const frame: DownFrame =
    page.type === 'events' ? { type: 'events', data: page } : { type: 'reset', data: page }
  return {
    reset: page.type === 'reset',
    through: page.type === 'events' ? page.through : page.head,
    head: page.head,
    frame: JSON.stringify(frame),
  }
}
