/**
 * The anti-virus hook (GB/T 22239-2019 8.1.4.5): a clamd spoken to by INSTREAM, over its socket or over TCP. Off unless
 * GONGXIE_CLAMD says where: `unix:/run/clamav/clamd.ctl` or `tcp://127.0.0.1:3310`.
 */
import net from 'node:net'
import type { Readable } from 'node:stream'

export type Verdict = { scan: 'clean' | 'infected'; by: string; threat: string | null }

export const antivirusAddress = (): string | null => process.env.GONGXIE_CLAMD || null

function connect(address: string): net.Socket {
  if (address.startsWith('unix:')) return net.connect(address.slice(5))
  const { hostname, port } = new URL(address)
  return net.connect({ host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 3310) })
}

/** One command, one answer. clamd closes the connection behind it. */
function ask(address: string, command: string, content: Readable | null, wait: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(address)
    let answer = ''
    const end = (error?: Error) => {
      content?.destroy()
      socket.destroy()
      if (error) reject(error)
      else resolve(answer.replaceAll('\0', '').trim())
    }
    socket.setTimeout(wait, () => end(new Error(`clamd did not answer within ${wait / 1000} s`)))
    socket.on('data', (chunk) => (answer += chunk.toString('utf8')))
    socket.on('error', (error) => (answer ? end() : end(error)))
    socket.on('close', () => (answer ? end() : end(new Error('clamd closed without an answer'))))
    socket.on('connect', () => {
      const send = async () => {
        socket.write(`z${command}\0`)
        for await (const chunk of (content ?? []) as AsyncIterable<Buffer>) {
          // It has seen enough: too large, or found something.
          if (answer || socket.destroyed) return
          const length = Buffer.alloc(4)
          length.writeUInt32BE(chunk.length)
          socket.write(length)
          if (!socket.write(chunk)) await new Promise<void>((go) => {
            socket.once('drain', go)
            socket.once('close', go)
          })
        }
        if (content && !socket.destroyed) socket.write(Buffer.alloc(4))
      }
      send().catch(end)
    })
  })
}

/** null: nobody is asked. Throws when somebody should be asked and cannot. */
export async function scanFor(content: () => Promise<Readable>, wait = 60_000): Promise<Verdict | null> {
  const address = antivirusAddress()
  if (!address) return null
  const said = await ask(address, 'INSTREAM', await content(), wait)
  const found = /^(?:stream|instream): (.+) FOUND$/i.exec(said)
  if (!found && !/^stream: OK$/i.test(said)) throw new Error(`clamd: ${said.slice(0, 200)}`)
  const by = await ask(address, 'VERSION', null, 5_000).catch(() => 'clamd')
  return found ? { scan: 'infected', by, threat: found[1]! } : { scan: 'clean', by, threat: null }
}

export async function antivirusState(): Promise<{ address: string | null; version: string | null; problem: string | null }> {
  const address = antivirusAddress()
  if (!address) return { address, version: null, problem: null }
  try {
    return { address, version: await ask(address, 'VERSION', null, 3_000), problem: null }
  } catch (error) {
    return { address, version: null, problem: (error as Error).message }
  }
}
