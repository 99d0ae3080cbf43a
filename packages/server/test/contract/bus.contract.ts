import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { AccountId, ConversationId, DeviceId } from '@takeback/protocol/ids.ts'
import type { Bus, Hint } from '../../src/bus/bus.ts'
import { createIds } from '../../src/ids.ts'

export interface BusSubject {
  name: string
  /** A bus of a node, which the contract closes. */
  open(): Promise<Bus>
  /** Why it cannot be tested here. */
  missing?: string | null
}

const ids = createIds(Date.now)
const account = () => ids.next<AccountId>()

/** One of each kind, of one account. */
const hintsFor = (account_id: AccountId): Hint[] => [
  { type: 'poke', account_id, seq: 1 },
  { type: 'revoked', device_id: ids.next<DeviceId>() },
  {
    type: 'typing',
    account_id,
    conversation_id: ids.next<ConversationId>(),
    by: ids.next<AccountId>(),
  },
  { type: 'poke', account_id, seq: 2 },
]

/** What a node may rely on, whatever carries its hints and in whatever state that is (B1). */
export function busContract({ name, open, missing = null }: BusSubject): void {
  describe(`a bus: ${name}`, { skip: missing ?? false }, () => {
    function withBus(what: string, hold: (bus: Bus) => void | Promise<void>): void {
      test(what, async () => {
        const bus = await open()
        try {
          await hold(bus)
        } finally {
          await bus.close()
        }
      })
    }

    withBus(
      'this node hears its own hints before `publish` returns, each once, in order',
      (bus) => {
        const heard: Hint[] = []
        bus.onHint((hint) => void heard.push(hint))
        const hints = hintsFor(account())
        for (const hint of hints) bus.publish(hint)
        assert.deepEqual(heard, hints)
      },
    )

    withBus('nothing of one’s own comes back', async (bus) => {
      const heard: Hint[] = []
      bus.onHint((hint) => void heard.push(hint))
      const mine = account()
      bus.attach(mine)
      const hints = hintsFor(mine)
      for (const hint of hints) bus.publish(hint)
      // What was on its way has come by the time that a bus has closed.
      await bus.close()
      assert.deepEqual(heard, hints)
    })

    withBus('hints are published before anybody listens', (bus) => {
      for (const hint of hintsFor(account())) bus.publish(hint)
    })

    withBus('an account is connected until the last of its sockets has closed', (bus) => {
      const mine = account()
      assert.equal(bus.isConnected(mine), false)
      bus.attach(mine)
      bus.attach(mine)
      bus.detach(mine)
      assert.equal(bus.isConnected(mine), true)
      assert.equal(bus.isConnected(account()), false)
      bus.detach(mine)
      assert.equal(bus.isConnected(mine), false)
    })

    withBus('a socket too many that closes takes no other along', (bus) => {
      const mine = account()
      bus.detach(mine)
      bus.attach(mine)
      assert.equal(bus.isConnected(mine), true)
    })

    withBus('after it has closed it still throws nothing, and closes again', async (bus) => {
      const mine = account()
      bus.attach(mine)
      await bus.close()
      for (const hint of hintsFor(mine)) bus.publish(hint)
      bus.detach(mine)
      bus.attach(account())
      await bus.close()
    })

    withBus('its methods need no `this`: they are handed on one by one', (bus) => {
      const { publish, attach, detach, isConnected } = bus
      const mine = account()
      publish({ type: 'poke', account_id: mine, seq: 1 })
      attach(mine)
      assert.equal(isConnected(mine), true)
      detach(mine)
    })
  })
}
