/** One row of the table: a figure with what bounds it and who is compared with it, all of one run. */
export interface Figure {
  /** As in docs/PERFORMANCE.md: F1 to F10; a figure of several values has one row each. */
  id: string
  name: string
  /** Null where it was not measured; `note` then says why. */
  value: number | null
  unit: string
  /** What it could be at most, measured in the same run; null where nothing is known to bound it. */
  limit: number | null
  peers: Peer[]
  /** In words, for the table. */
  target: string
  /** Null where it was not measured, or cannot be judged without a peer that is absent. */
  ok: boolean | null
  note?: string
}

/** Another system that did the same work in the same run. */
export interface Peer {
  name: string
  /** In the unit of the figure; null where it is absent or failed. */
  value: number | null
  note?: string
}

/** What a measurement is given. */
export interface Run {
  /** An empty folder of its own, removed after the run. */
  folder: string
  /** Shows how far it is, a line each. */
  say(text: string): void
  /** `--name value` options of the command line that are meant for measurements, e.g. `pairs`. */
  options: Readonly<Record<string, string>>
  /** Figures of this run so far: some are judged by others. */
  figures: readonly Figure[]
}

/**
 * Measures one or several figures. A lost, doubled, reordered or changed message is thrown, never
 * counted: a fast wrong answer is no figure.
 */
export type Measurement = (run: Run) => Promise<Figure[]>
