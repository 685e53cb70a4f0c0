/**
 * Starting leaves sixty megabytes behind that nothing needs any more: modules being read, the sample being looked at. V8
 * keeps them until there is something to do, which in an office may be the next morning. Once, a while after the start,
 * they are given back; that takes about a tenth of a second.
 */
import v8 from 'node:v8'
import vm from 'node:vm'

const AFTER_MS = 4_000

/**
 * Left to itself the heap may double before V8 looks for what is garbage in it: a workbook of a city took thirty megabytes
 * more than it needs, and no less time. A version of V8 without this flag leaves it at that.
 */
const GROWTH_PERCENT = 70

export function giveBackLater(): void {
  v8.setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`)
  setTimeout(() => {
    v8.setFlagsFromString('--expose-gc')
    const collect = vm.runInNewContext('gc') as (how: { type: 'major'; flavor: 'last-resort' }) => void
    v8.setFlagsFromString('--no-expose-gc')
    collect({ type: 'major', flavor: 'last-resort' })
  }, AFTER_MS).unref()
}
