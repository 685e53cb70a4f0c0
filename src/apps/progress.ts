/** Progress of long work: a bar on a terminal, a line per step where output goes to a file. */
export type Progress = (step: string, done: number, total: number) => void

const WIDTH = 28

export function progressTo(out: NodeJS.WriteStream): Progress {
  let step = ''
  let shown = -1
  return (name, done, total) => {
    const share = total ? Math.min(1, done / total) : 1
    const percent = Math.floor(share * 100)
    const fresh = name !== step
    if (!fresh && percent === shown) return
    if (out.isTTY) {
      const bar = '█'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '░')
      out.write(`\r\x1b[K  ${bar} ${String(percent).padStart(3)}%  ${name}${share === 1 ? '\n' : ''}`)
    } else if (share === 1) out.write(`  ${name}: ${total}\n`)
    step = name
    shown = percent
  }
}
