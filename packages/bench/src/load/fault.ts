/** Something was lost, doubled, reordered or changed, refused, or a line went down: the run has no figure. */
export class Fault extends Error {
  override name = 'Fault'
}
