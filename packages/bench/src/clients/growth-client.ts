/** A client process for what is measured on a small and on a large installation alternately. */
import { planOf, type Plan } from '../data/plan.ts'
import { scales, type ScaleName } from '../data/scale.ts'
import { inTurn } from './pace.ts'
import { answerQuestions } from './questions.ts'
import { workIn, type Operation } from './reader.ts'

export interface Target {
  url: string
  scale: ScaleName
}

const plans = new Map<ScaleName, Plan>()

function planFor(scale: ScaleName): Plan {
  const plan = plans.get(scale) ?? planOf(scales[scale])
  plans.set(scale, plan)
  return plan
}

let seed = 0

const questions = {
  /** How long an operation took, each time, at each target, ms. */
  async measure(input: {
    operation: Operation
    targets: Target[]
    rate: number
    rounds: number
  }): Promise<number[][]> {
    const kinds = input.targets.map(
      ({ url, scale }) => workIn(url, planFor(scale), ++seed)[input.operation],
    )
    return inTurn(input.rate, input.rounds, kinds)
  },
}

export type GrowthQuestions = typeof questions

answerQuestions(questions)
