// The platform with sources watched: the server restarts on change, the page reloads through Vite on port 5173.
import { spawn } from 'node:child_process'
import path from 'node:path'

const children = [
  spawn(process.execPath, ['--watch-path=src', 'bin/gongxie.mjs', 'start', ...process.argv.slice(2)], { stdio: 'inherit' }),
  spawn(process.execPath, [path.join('node_modules', 'vite', 'bin', 'vite.js')], { stdio: 'inherit' }),
]
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => children.forEach((c) => c.kill('SIGTERM')))
