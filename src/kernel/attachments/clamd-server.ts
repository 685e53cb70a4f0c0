/** For tests: a clamd by its protocol, with one signature, that of the EICAR test file. */
import fs from 'node:fs'
import net from 'node:net'

/** The text that anti-virus programs agree to find; in two pieces, so that none finds it here. */
export const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR', '-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('')

export interface ClamdServer {
  address: string
  /** How it goes on: as it should, silent, slow, or as if the file were too large for it. */
  mood: 'well' | 'silent' | 'limit' | 'broken'
  scanned: number
  close(): Promise<void>
}

export async function clamdServer(where?: string): Promise<ClamdServer> {
  const state: ClamdServer = { address: '', mood: 'well', scanned: 0, close: async () => {} }
  const open = new Set<net.Socket>()
  const server = net.createServer((socket) => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', () => {})
    let seen = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      seen = Buffer.concat([seen, chunk])
      if (state.mood === 'silent') return
      if (state.mood === 'broken') return void socket.destroy()
      const end = seen.indexOf(0)
      if (end < 0) return
      const command = seen.toString('latin1', 0, end)
      if (command === 'zVERSION') return void socket.end('ClamAV 1.4.6/27500/Wed Nov 25 08:00:00 2026\0')
      if (command !== 'zINSTREAM') return void socket.end('UNKNOWN COMMAND\0')
      const parts: Buffer[] = []
      for (let at = end + 1; at + 4 <= seen.length;) {
        const length = seen.readUInt32BE(at)
        if (length === 0) {
          state.scanned++
          const found = Buffer.concat(parts).includes(EICAR)
          return void socket.end(found ? 'stream: Win.Test.EICAR_HDB-1 FOUND\0' : 'stream: OK\0')
        }
        if (at + 4 + length > seen.length) return
        parts.push(seen.subarray(at + 4, at + 4 + length))
        if (state.mood === 'limit') return void socket.end('INSTREAM size limit exceeded. ERROR\0')
        at += 4 + length
      }
    })
  })
  await new Promise<void>((ready) => (where ? server.listen(where, ready) : server.listen(0, '127.0.0.1', ready)))
  state.address = where ? `unix:${where}` : `tcp://127.0.0.1:${(server.address() as net.AddressInfo).port}`
  state.close = () => new Promise((done) => {
    for (const socket of open) socket.destroy()
    server.close(() => {
      if (where) fs.rmSync(where, { force: true })
      done()
    })
  })
  return state
}
