import type { Target } from '../clients/growth-client.ts'
import { dataFolder } from '../data/data-set.ts'
import { scales, type ScaleName } from '../data/scale.ts'
import type { Figure, Measurement, Run } from '../figure.ts'
import { startServer } from '../load/server.ts'
import { catchUp } from './catch-up.ts'
import { growth } from './growth.ts'
import { unsend } from './unsend.ts'

/**
 * Everything that is measured on ten million messages: F6, F5, F10, on one copy of the data set. Who
 * catches up comes first, while those who have been away still have been.
 */
export const history: Measurement = async (run: Run): Promise<Figure[]> => {
  const names: [ScaleName, ScaleName] = ['small', largest(run)]
  const [smallFolder, largeFolder] = [
    await dataFolder(run, names[0]),
    await dataFolder(run, names[1]),
  ]
  const servers = await Promise.all([startServer(smallFolder), startServer(largeFolder)])
  const [small, large]: [Target, Target] = [
    { url: servers[0].url, scale: names[0] },
    { url: servers[1].url, scale: names[1] },
  ]
  try {
    const caughtUp = await catchUp(large)
    for (const { name, value, unit } of caughtUp) run.say(`${name}: ${value?.toFixed(2)} ${unit}`)
    const grown = await growth(small, large, run.say)
    return [...grown, ...caughtUp, await unsend(large)]
  } finally {
    for (const server of servers) await server.stop()
  }
}

/** `--scale medium`: for trying something, without the minutes that ten million messages take. */
function largest({ options }: Run): ScaleName {
  const name = options['scale'] ?? 'large'
  if (!Object.hasOwn(scales, name)) throw new Error(`There is no scale ${name}.`)
  return name as ScaleName
}
