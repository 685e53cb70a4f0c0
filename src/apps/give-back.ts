/**
 * Starting leaves sixty megabytes behind that nothing needs any more: modules being read, the sample being looked at. V8
 * keeps them until there is something to do, which in an office may be the next morning. Once, a while after the start,
 * they are given back; that takes about a tenth of a second.
 */
import v8 from 'node:v8'
import vm from 'node:vm'

const AFTER_MS = 4_000

export function giveBackLater(): void {
  setTimeout(() => {
    v8.setFlagsFromString('--expose-gc')
    const collect = vm.runInNewContext('gc') as (how: { type: 'major'; flavor: 'last-resort' }) => void
    v8.setFlagsFromString('--no-expose-gc')
    collect({ type: 'major', flavor: 'last-resort' })
  }, AFTER_MS).unref()
}
