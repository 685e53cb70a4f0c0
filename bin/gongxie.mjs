#!/usr/bin/env node
// Plain JavaScript on purpose: this file must be readable by whatever Node a machine has, so that an
// old one gets a sentence instead of a syntax error.
const [major] = process.versions.node.split('.').map(Number)
if (major < 24) {
  process.stderr.write(
    `Gongxie needs Node.js 24 or newer, this is ${process.version}. ` +
      'Run it through npm (npm start, npm run gongxie), which uses the bundled Node on Linux x64, ' +
      'or install Node.js 24 for this platform.\n',
  )
  process.exit(1)
}
const { enableCompileCache } = await import('node:module')
enableCompileCache?.()
const { main } = await import('../src/apps/cli.ts')
await main(process.argv.slice(2))
