import type { Random } from './seed.ts'
import type { Step } from './strace.ts'

/** What happens, at a power cut, to what was written but not synced. */
export type Loss =
  /** All of it is gone. */
  | 'dropped'
  /** All of it had reached the disk. */
  | 'kept'
  /** Any of it, in any order, writes torn at sectors. */
  | 'torn'

const SECTOR = 512

type Change = Extract<Step, { kind: 'write' | 'truncate' }>

/** Bytes with room to grow, changed in place. */
interface Content {
  bytes: Buffer
  length: number
}

interface File {
  /** As it would certainly be found again. */
  synced: Content
  pending: Change[]
}

/**
 * A folder on a disk with a volatile cache. Only a sync makes content last, and only a sync of the
 * folder makes creating and unlinking last; until then a power cut may take or leave any of it.
 */
export function createDisk() {
  const files = new Map<string, File>()
  const unlinked = new Map<string, File>()
  const created = new Set<string>()

  const of = (name: string): File => {
    const file = files.get(name)
    if (file === undefined) throw new Error(`${name} was written before it was created.`)
    return file
  }

  return {
    play(step: Step): void {
      switch (step.kind) {
        case 'create':
          files.set(step.file, { synced: { bytes: Buffer.alloc(0), length: 0 }, pending: [] })
          created.add(step.file)
          return
        case 'unlink': {
          const file = files.get(step.file)
          if (file !== undefined && !created.has(step.file)) unlinked.set(step.file, file)
          files.delete(step.file)
          created.delete(step.file)
          return
        }
        case 'write':
        case 'truncate':
          of(step.file).pending.push(step)
          return
        case 'sync': {
          const file = of(step.file)
          file.synced = file.pending.reduce(change, file.synced)
          file.pending = []
          return
        }
        case 'sync-folder':
          created.clear()
          unlinked.clear()
          return
        case 'failed-sync':
        case 'sent':
          return
      }
    },
    /** The folder as it may be found when the power comes back. */
    afterCut(loss: Loss, random: Random): Map<string, Buffer> {
      const stays = () => loss === 'kept' || (loss === 'torn' && random.chance(0.5))
      const found = new Map<string, Buffer>()
      for (const [name, file] of unlinked)
        if (!stays()) found.set(name, bytesOf(copyOf(file.synced)))
      for (const [name, { synced, pending }] of files) {
        if (created.has(name) && !stays()) continue
        const content = copyOf(synced)
        for (const step of pending)
          if (loss === 'torn' && step.kind === 'write') torn(content, step, random)
          else if (stays()) change(content, step)
        found.set(name, bytesOf(content))
      }
      return found
    },
  }
}

function change(content: Content, step: Change): Content {
  if (step.kind === 'truncate') return resize(content, step.length)
  return put(content, step.offset, step.bytes)
}

/** Of each sector that a write touches, the new bytes or the old ones. */
function torn(content: Content, step: Extract<Step, { kind: 'write' }>, random: Random): Content {
  const end = step.offset + step.bytes.length
  for (let from = step.offset; from < end; ) {
    const to = Math.min(end, (Math.floor(from / SECTOR) + 1) * SECTOR)
    if (random.chance(0.5))
      put(content, from, step.bytes.subarray(from - step.offset, to - step.offset))
    from = to
  }
  return content
}

function put(content: Content, offset: number, bytes: Buffer): Content {
  if (offset + bytes.length > content.length) resize(content, offset + bytes.length)
  bytes.copy(content.bytes, offset)
  return content
}

function resize(content: Content, length: number): Content {
  if (length > content.bytes.length) {
    const wider = Buffer.alloc(length * 2)
    content.bytes.copy(wider, 0, 0, content.length)
    content.bytes = wider
  }
  // What is cut off must read as zeros if the file grows again.
  content.bytes.fill(0, length)
  content.length = length
  return content
}

const copyOf = ({ bytes, length }: Content): Content => ({ bytes: Buffer.from(bytes), length })
const bytesOf = ({ bytes, length }: Content): Buffer => bytes.subarray(0, length)
